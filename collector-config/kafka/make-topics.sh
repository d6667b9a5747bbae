#!/bin/sh
# Makes the three topics, or leaves those that are there as they are. Needs Kafka's own command-line tools.
#   KAFKA_BROKER=broker-1:9092 sh make-topics.sh
# Settings of a site, with defaults for one broker of a test; docs/kafka.md has the arithmetic:
#   KAFKA_PARTITIONS         12   the most writers that can share a topic; more partitions later put a service elsewhere: its order is lost at that point
#   KAFKA_REPLICAS            1   3 in production, on three brokers
#   KAFKA_MIN_ISR             1   2 in production: a record that was answered is on two brokers
#   KAFKA_LOG_RETENTION_MS    86400000   a day: how long Loki may be away
#   KAFKA_AUDIT_RETENTION_MS  604800000  a week
#   KAFKA_TOPICS              kafka-topics.sh   the command
#   KAFKA_COMMAND_CONFIG      a properties file for it: credentials
set -eu
topics=${KAFKA_TOPICS:-kafka-topics.sh}

make() { # name, retention in milliseconds
  # shellcheck disable=SC2086 # The command and its options are separate words.
  $topics --bootstrap-server "${KAFKA_BROKER:-127.0.0.1:9092}" ${KAFKA_COMMAND_CONFIG:+--command-config "$KAFKA_COMMAND_CONFIG"} \
    --create --if-not-exists --topic "$1" \
    --partitions "${KAFKA_PARTITIONS:-12}" --replication-factor "${KAFKA_REPLICAS:-1}" \
    --config min.insync.replicas="${KAFKA_MIN_ISR:-1}" \
    --config max.message.bytes=16777216 \
    --config message.timestamp.type=LogAppendTime \
    --config retention.ms="$2"
}

make hft-logs "${KAFKA_LOG_RETENTION_MS:-86400000}"
make hft-metrics "${KAFKA_LOG_RETENTION_MS:-86400000}"
make hft-audit "${KAFKA_AUDIT_RETENTION_MS:-604800000}"
