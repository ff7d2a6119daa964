"""The flow language: read, checked and made ready to run. Pure: knows no network, no clock and no caller.

The way of a flow file, one direction:

    source (YAML with positions) > blocks (typed steps) > compiler (flat program) > checks (graph) > flow
    (`load_flow`)
"""
