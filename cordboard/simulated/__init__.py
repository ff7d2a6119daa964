"""What-if: the router of the live system fed with made contacts, from options, from a traffic file, from a journal.

Data flow: options, traffic file or journal -> `Workload`; configuration -> the centre; both -> one simulation for each
seed -> `Figures` with their confidence intervals, of one configuration or of two side by side.
"""
