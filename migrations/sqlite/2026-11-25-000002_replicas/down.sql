DROP TABLE leases;
DROP TABLE replicas;
