# What a newcomer, a developer and CI run. `make demo` and `make test` are the two that matter; README.md says how long each takes.

CARGO ?= cargo
CARGO_DENY_VERSION := 0.20.2

.PHONY: help demo cluster test lint format bench golden schema configuration

help: ## Says what can be made.
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: ## Runs the product on a sample Harbor and shows a pod refused, its space bound, the pod admitted.
	@scripts/demo.sh

cluster: ## The same against a real Kubernetes control plane, with kubectl's own output.
	@scripts/prerequisites.sh cluster
	@tests/cluster/cluster.sh build
	@scripts/demo.sh --cluster

test: ## Installs what the tests need and passes every test, those on a real control plane included.
	@scripts/prerequisites.sh test
	tests/cluster/cluster.sh build
	$(CARGO) test --workspace --locked

lint: ## Format, lints, documentation, dependencies.
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked
	@command -v cargo-deny >/dev/null || $(CARGO) install cargo-deny --locked --version $(CARGO_DENY_VERSION)
	cargo-deny --locked check bans licenses sources

format: ## Formats the code.
	$(CARGO) fmt --all

bench: ## The benchmarks of the decision, the snapshot and the review.
	$(CARGO) bench --locked -p wharfinger-domain -p wharfinger-webhook

golden: ## Writes the files anew that show the product as it is: schema, configuration, command line, metrics.
	GOLDEN=write $(CARGO) test --quiet --locked --package wharfinger --test it golden

schema: ## Writes graphql/schema.graphql anew.
	$(CARGO) run --quiet --locked -- schema > graphql/schema.graphql.new
	mv graphql/schema.graphql.new graphql/schema.graphql

configuration: ## Writes docs/configuration.md anew.
	$(CARGO) run --quiet --locked -- config reference > docs/configuration.md.new
	mv docs/configuration.md.new docs/configuration.md
