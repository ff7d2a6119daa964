"""Flow tests: cases in YAML beside a flow, run under virtual time, with coverage and reports.

cases (files > models) > world (what is outside the flow, made up) > play (one case) > report (all of them)
"""
