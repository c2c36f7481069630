# What a newcomer, a developer and CI run. `make demo` and `make test` are the two that matter; README.md says how long each takes.

CARGO ?= cargo
CARGO_DENY_VERSION := 0.20.2
CARGO_CYCLONEDX_VERSION := 0.5.9
SECONDS ?= 600
GRAPHIQL := console/graphiql/dist/index.html
BROWSER_TESTS := cd tests/browser && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --ignore-scripts && npm test

.PHONY: help demo cluster graphiql browser test lint format bench bench-picker fuzz golden manifests sbom

help: ## Says what can be made.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: ## Runs the product on a sample Harbor and shows a pod refused, its space bound, the pod admitted.
	@if command -v npm >/dev/null; then $(MAKE) --silent graphiql || echo 'going on without GraphiQL'; fi
	@scripts/demo.sh

cluster: ## The same against a real Kubernetes control plane, with kubectl's own output.
	@scripts/prerequisites.sh cluster
	@tests/cluster/cluster.sh build
	@scripts/demo.sh --cluster

graphiql: $(GRAPHIQL) ## Builds the page at /graphiql, which the next build of the binary embeds.

$(GRAPHIQL): $(wildcard console/graphiql/*.* console/graphiql/src/*)
	@scripts/prerequisites.sh graphiql
	cd console/graphiql && npm ci --ignore-scripts && npm run build

browser: $(GRAPHIQL) ## Passes the tests of the pages, in Chromium, against the binary.
	@scripts/prerequisites.sh browser
	$(CARGO) build --locked --package wharfinger
	$(BROWSER_TESTS)

# The browser meets the binary that Cargo has just built for the integration tests: `browser` would compile much of it again,
# since one package alone is built with other features of what it depends on than the whole workspace.
test: $(GRAPHIQL) ## Installs what the tests need and passes every test, those on a real control plane and in a browser included.
	@scripts/prerequisites.sh test
	tests/cluster/cluster.sh build
	$(CARGO) test --workspace --locked
	$(BROWSER_TESTS)

lint: ## Format, lints, documentation, dependencies.
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked
	@command -v cargo-deny >/dev/null || $(CARGO) install cargo-deny --locked --version $(CARGO_DENY_VERSION)
	cargo-deny --locked check bans licenses sources

format: ## Formats the code.
	$(CARGO) fmt --all

bench: ## The benchmarks of the decision, the snapshot, the review, a change on its way to another replica, and a large registry.
	@scripts/prerequisites.sh bench
	$(CARGO) bench --locked -p wharfinger-domain -p wharfinger-webhook
	$(CARGO) bench --locked -p wharfinger --bench propagation
	$(CARGO) bench --locked -p wharfinger --bench walk

bench-picker: ## The picker's list at 500,000 and 5,000,000 tags, on both databases, by the bare SQL.
	@scripts/prerequisites.sh bench
	$(CARGO) bench --locked -p wharfinger-store --bench picker

fuzz: ## Throws made-up bytes at the parser, the webhook and the API; ten minutes each, or `make fuzz SECONDS=60 TARGETS=review`.
	@scripts/prerequisites.sh fuzz
	@scripts/fuzz.sh $(SECONDS) $(TARGETS)

golden: ## Writes the files anew that show the product as it is: schema, configuration, command line, metrics.
	GOLDEN=write $(CARGO) test --quiet --locked --package wharfinger --test it golden

manifests: ## Writes tests/golden/manifests-*.yaml anew: what kustomize makes of the overlays.
	@tests/cluster/cluster.sh build
	@for overlay in sqlite postgres; do \
	  $$(tests/cluster/cluster.sh env | sed -n 's/^KUBECTL=//p') kustomize manifests/overlays/$$overlay \
	    > tests/golden/manifests-$$overlay.yaml || exit 1; \
	done

sbom: ## Writes target/sbom: the lists of the crates and packages that the binary is made of.
	@scripts/prerequisites.sh graphiql
	@command -v cargo-cyclonedx >/dev/null || \
	  $(CARGO) install cargo-cyclonedx --locked --version $(CARGO_CYCLONEDX_VERSION)
	@scripts/sbom.sh
