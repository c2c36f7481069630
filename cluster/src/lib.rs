//! Speaks to Kubernetes: the namespaces of a cluster.
