//! Names, values and rules: image references, spaces, bindings, the snapshot and the decision.
