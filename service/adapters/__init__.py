"""Keep the promises of `service.ports` on real stores and authorities; only `service.wiring` chooses among them."""
