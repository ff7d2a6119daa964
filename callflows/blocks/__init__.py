"""The blocks of the language, one file per family:

What a step may say, as typed frozen models. No behaviour.
"""
