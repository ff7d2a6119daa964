"""Loops of a graph, against a plain definition of them."""

from hypothesis import given
from hypothesis import strategies as st

from callflows.graph import components

graphs = st.dictionaries(st.integers(0, 7), st.lists(st.integers(0, 7), max_size=4), min_size=8, max_size=8)


def reached(graph: dict[int, list[int]], start: int) -> set[int]:
    seen: set[int] = set()
    ahead = list(graph[start])
    while ahead:
        if (node := ahead.pop()) not in seen:
            seen.add(node)
            ahead += graph[node]
    return seen


@given(graphs)
def test_two_places_share_a_loop_if_each_reaches_the_other(graph: dict[int, list[int]]) -> None:
    found = {frozenset(loop) for loop in components(graph)}
    reach = {node: reached(graph, node) for node in graph}
    expected = {
        frozenset(other for other in graph if other in reach[node] and node in reach[other])
        for node in graph
        if node in reach[node]
    }
    assert found == expected
