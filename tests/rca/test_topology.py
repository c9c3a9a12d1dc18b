"""One map of services and feeds: built from what is there, changed at once, walked both ways."""

from domain.investigation.topology import Edge, EdgeKind, EdgeSource, Node, NodeKind
from rca.topology.topology_discovery import from_declared, from_feeds, from_kubernetes
from rca.topology.topology_graph import TopologyGraph


def an_edge(needs: str, needed: str, source: EdgeSource = EdgeSource.TRACES, at: float = 0.0) -> Edge:
    return Edge(needs, needed, EdgeKind.CALLS, frozenset({source}), at, 1)


def test_a_late_table_leads_to_the_sick_service_behind_its_feed() -> None:
    graph = TopologyGraph()
    feeds = from_feeds(
        [
            {"name": "fx_trades", "writes": ["dw.trades"], "reads": ["raw.fx"], "service": "loader"},
            {"name": 3},
        ],
        0.0,
    )
    graph.update(feeds.nodes, feeds.edges)
    graph.update(edges=[an_edge("loader", "stock")])

    assert graph.path("dw.trades", "stock") == ("dw.trades", "fx_trades", "loader", "stock")
    assert graph.blast_radius("stock") == ("loader", "fx_trades", "dw.trades")


def test_kubernetes_objects_give_services_and_what_their_environment_names() -> None:
    objects = [
        {"kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": {"app": "w"}}},
        {"kind": "Service", "metadata": {"name": "orders"}, "spec": {"selector": {"app": "o"}}},
        {
            "kind": "Deployment",
            "metadata": {"name": "web-v2"},
            "spec": {
                "template": {
                    "metadata": {"labels": {"app": "w"}},
                    "spec": {
                        "containers": [
                            {
                                "env": [
                                    {"name": "ORDERS_URL", "value": "http://orders.shop.svc:8080/v1"},
                                    {"name": "DB_URL", "value": "postgres://u:p@main-db:5432/shop"},
                                    {"name": "COLOUR", "value": "orders"},
                                ]
                            }
                        ]
                    },
                }
            },
        },
        {"kind": "Deployment", "metadata": "broken"},
    ]

    found = from_kubernetes(objects, 0.0)

    assert {(e.needs, e.needed) for e in found.edges} == {("web", "orders"), ("web", "main-db")}
    assert Node("main-db", NodeKind.DATABASE) in found.nodes


def test_a_change_is_visible_with_the_update_that_brings_it() -> None:
    graph = TopologyGraph()

    graph.update(edges=[an_edge("a", "b")])

    assert graph.needs_of("a") == ("b",)
    assert graph.needed_by("b") == ("a",)


def test_an_observed_edge_is_forgotten_and_a_declared_one_stays() -> None:
    graph = TopologyGraph(forget_after=100.0)
    declared = from_declared({"edges": [{"from": "a", "to": "c"}, {"from": "a"}]}, 0.0)
    graph.update(declared.nodes, [*declared.edges, an_edge("a", "b")])

    graph.forget(now=200.0)

    assert graph.needs_of("a") == ("c",)
    assert graph.needed_by("b") == ()


def test_an_edge_known_from_two_sources_survives_the_loss_of_one() -> None:
    graph = TopologyGraph()
    graph.update(edges=[an_edge("a", "b"), an_edge("a", "b", EdgeSource.DECLARED), an_edge("a", "c")])

    graph.withdraw(EdgeSource.TRACES)

    assert graph.needs_of("a") == ("b",)
    assert graph.coverage([("a", "b"), ("a", "c")]) == 0.5


def test_a_neighbourhood_is_bounded_and_says_what_it_left_out() -> None:
    graph = TopologyGraph()
    graph.update(edges=[an_edge("hub", f"s{n}") for n in range(100)])

    part = graph.neighbourhood("hub", most=10)

    assert len(part.nodes) == 10
    assert part.left_out == 91
    assert graph.neighbourhood("nobody").nodes == ()


def test_walks_end_on_a_circle() -> None:
    graph = TopologyGraph()
    graph.update(edges=[an_edge("a", "b"), an_edge("b", "a")])

    assert graph.blast_radius("a") == ("b",)
    assert graph.path("a", "nowhere") == ()


def test_names_are_found_by_a_part_exact_ones_first() -> None:
    graph = TopologyGraph()
    graph.update([Node("payments-api"), Node("payments")])

    assert graph.find_matching("Payments")[0] == "payments"
