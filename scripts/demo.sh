#!/usr/bin/env bash
# Runs the product as a newcomer would meet it: a sample Harbor with one public and two private spaces, two workspaces, and
# a pod that is refused, its space bound, and the same pod admitted. Every answer below is the running server's own.
#   demo.sh              pods arrive as recorded reviews, over TLS, as an API server sends them
#   demo.sh --cluster    pods are created with kubectl on a real control plane (build it first: tests/cluster/cluster.sh build)
#   DEMO_ONCE=1 ends when everything was shown, instead of staying up
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:-recorded}
here=$PWD
scripts/prerequisites.sh demo

work=$(mktemp -d "${TMPDIR:-/tmp}/wharfinger-demo.XXXXXX")
pids=()
cleanup() {
  trap - EXIT
  [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  [ "$mode" != --cluster ] || tests/cluster/cluster.sh down "$work/cluster" || true
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
fail() { echo "demo: $*" >&2; [ ! -s "$work/serve.log" ] || tail -n 20 "$work/serve.log" >&2; exit 1; }
# Shows a command as a newcomer would type it, then runs it.
run() {
  printf '$ %s\n' "${*/#$bin/wharfinger}"
  "$@"
}
wait_for() { # SECONDS WHAT COMMAND...
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || fail "$what is not there in time"
    sleep 0.1
  done
}
field() { sed -n "s/.*\"$1\":[ ]*\"\([^\"]*\)\".*/\1/p" "$2" | head -n 1; }

say "Building (the first time takes some minutes)"
cargo build --locked --quiet -p wharfinger -p wharfinger-fakes --bins
target=${CARGO_TARGET_DIR:-$here/target}/debug
bin=$target/wharfinger

say "Starting a sample Harbor and a cluster's namespaces"
"$target/fake-harbor" --seed demo/harbor.json >"$work/harbor.json" &
pids+=($!)
if [ "$mode" = --cluster ]; then
  tests/cluster/cluster.sh up "$work/cluster" >/dev/null
  eval "$(tests/cluster/cluster.sh env)"
  kubeconfig=$work/cluster/admin.kubeconfig
  kubectl() { "$CLUSTER_BIN/kubectl" --kubeconfig "$kubeconfig" "$@"; }
  kubectl create namespace payments-prod >/dev/null
  kubectl create namespace sandbox >/dev/null
else
  kubeconfig=$work/kubeconfig
  "$target/fake-kube" --namespace payments-prod --namespace sandbox --kubeconfig-out "$kubeconfig" >"$work/kube.json" &
  pids+=($!)
fi
wait_for 20 "the sample Harbor" test -s "$work/harbor.json"
wait_for 20 "the cluster's kubeconfig" test -s "$kubeconfig"
harbor=$(field url "$work/harbor.json")

say "Starting the server"
cat >"$work/wharfinger.yaml" <<YAML
data: { directory: $work/data }
api: { listen: "127.0.0.1:${DEMO_PORT:-0}" }
webhook: { listen: "127.0.0.1:0" }
metrics: { listen: "127.0.0.1:0" }
registries: { networks: "127.0.0.0/8" }
clusters: [{ name: demo, kubeconfig: $kubeconfig }]
YAML
"$bin" serve --config "$work/wharfinger.yaml" 2>"$work/serve.log" &
server=$!
pids+=($server)
addresses=$work/data/addresses.json
ready() { [ -s "$addresses" ] && curl -sf "$(field metrics "$addresses")/readyz"; }
ended() { ! kill -0 "$server"; }
ready_or_ended() { ready || ended; }
wait_for 60 "the server" ready_or_ended
ready >/dev/null || fail "the server ended"
export WHARFINGER_SERVER WHARFINGER_TOKEN_FILE
WHARFINGER_SERVER=$(field api "$addresses")
WHARFINGER_TOKEN_FILE=$work/token
webhook=$(field webhook "$addresses")

say "The administrator signs in for the first time, sets a password and makes a token"
printf 'Demo only, not a password' >"$work/password"
run "$bin" token create demo --user admin --password-file "$work/data/admin-password" --new-password-file "$work/password" \
  --scope bind,registry-admin,workspace-admin

say "An administrator integrates the registry, makes two workspaces and assigns a namespace"
printf 'Demo-Only-Secret-1' >"$work/secret"
run "$bin" registry add sample "$harbor" --alias harbor.example.com --username 'robot$wharfinger' \
  --password-file "$work/secret" --wait
run "$bin" workspace create payments
run "$bin" workspace create checkout
assigned() { "$bin" namespace assign payments-prod --workspace payments --cluster demo; }
wait_for 20 "the namespace" assigned
run "$bin" namespace list

image=harbor.example.com/payments/api:1.1
say "Somebody in payments-prod asks which images there are, and why one is missing"
run "$bin" images payments-prod --cluster demo
# It ends with 1, because the image may not be used.
run "$bin" explain payments-prod "$image" --cluster demo || true

# Puts an image and a namespace into a review that a real API server sent, and posts it as that server would.
review() {
  sed -e "s#public/a:1#$image#; s#\"namespace\": \"[^\"]*\"#\"namespace\": \"payments-prod\"#" \
    tests/fixtures/admission/0-create-pods.json >"$work/review.json"
  echo "\$ curl --cacert webhook-ca.pem --data @review.json $webhook/validate/demo"
  curl -sS --cacert "$work/data/webhook-ca.pem" -H 'content-type: application/json' --data @"$work/review.json" \
    "$webhook/validate/demo?timeout=5s"
  echo
}
create_pod() {
  if [ "$mode" = --cluster ]; then
    echo "\$ kubectl -n payments-prod run api --image=$image"
    kubectl -n payments-prod run api --image="$image" 2>&1 || true
  else
    review
  fi
}
if [ "$mode" = --cluster ]; then
  say "The webhook is registered with the API server"
  kubectl apply -f - <<YAML
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: { name: wharfinger }
webhooks:
  - name: images.wharfinger.dev
    clientConfig:
      url: $webhook/validate/demo
      caBundle: $(base64 -w0 "$work/data/webhook-ca.pem")
    rules:
      - { apiGroups: [""], apiVersions: [v1], resources: [pods, pods/ephemeralcontainers], operations: [CREATE, UPDATE], scope: Namespaced }
    matchPolicy: Equivalent
    failurePolicy: Fail
    sideEffects: NoneOnDryRun
    timeoutSeconds: 5
    admissionReviewVersions: [v1]
    namespaceSelector:
      matchExpressions:
        - { key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system, kube-node-lease, kube-public] }
YAML
  kubectl -n payments-prod get serviceaccount default >/dev/null 2>&1 || sleep 2
fi

say "A pod with an image of a private space that is not bound: refused"
create_pod
say "The administrator binds the space"
run "$bin" bind --space sample/payments --workspace payments --reason "demo"
say "The same pod again: admitted, at once"
create_pod
run "$bin" images payments-prod --cluster demo

[ -z "${DEMO_ONCE:-}" ] || exit 0
say "The server stays up until you press Ctrl-C"
cat <<TEXT
GraphiQL    $WHARFINGER_SERVER/graphiql   (in a browser; the token is in $WHARFINGER_TOKEN_FILE)
GraphQL     $WHARFINGER_SERVER/graphql   (POST, with the header  Authorization: Bearer \$(cat $WHARFINGER_TOKEN_FILE))
Webhook     $webhook/validate/demo
Metrics     $(field metrics "$addresses")/metrics
Harbor      $harbor
Log         $work/serve.log

Try, in another terminal:
  export WHARFINGER_SERVER=$WHARFINGER_SERVER WHARFINGER_TOKEN_FILE=$WHARFINGER_TOKEN_FILE
  $bin explain sandbox $image --cluster demo
  $bin unbind --space sample/payments --workspace payments
  $bin explain payments-prod $image --cluster demo
  curl -s \$WHARFINGER_SERVER/graphql -H "Authorization: Bearer \$(cat \$WHARFINGER_TOKEN_FILE)" -H 'content-type: application/json' \\
    -d '{"query":"{ registries { nodes { name health { status } spaces { nodes { name visibility } } } } }"}'
TEXT
wait "$server"
