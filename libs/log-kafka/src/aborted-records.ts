import type { FetchedMessage, FetchedPartition } from './kafkajs-internals.js';

/** Key of the record that ends an aborted transaction: version 0, type 0. */
const ABORT_MARKER = Buffer.from([0, 0, 0, 0]);

/**
 * The partition's messages, those of aborted transactions marked as control records, which nobody is handed but which
 * count for where reading goes on. The broker tells which transactions were aborted and where each began; an abort
 * marker of its producer ends it. kafkajs takes in one such beginning a message, and so shows aborted records where
 * two begin before the first message of a fetch.
 */
export function hideAborted({ messages, abortedTransactions }: FetchedPartition): readonly FetchedMessage[] {
  if (abortedTransactions.length === 0) return messages;
  const toBegin = abortedTransactions
    .map(({ producerId, firstOffset }) => ({ producerId, from: Number(firstOffset) }))
    .sort((a, b) => a.from - b.from);
  const aborted = new Set<string>();
  return messages.map((message) => {
    while (toBegin[0] !== undefined && toBegin[0].from <= Number(message.offset)) {
      aborted.add(toBegin[0].producerId);
      toBegin.shift();
    }
    const { producerId, inTransaction } = message.batchContext;
    if (message.isControlRecord) {
      if (message.key?.equals(ABORT_MARKER)) aborted.delete(producerId);
      return message;
    }
    return inTransaction && aborted.has(producerId) ? { ...message, isControlRecord: true } : message;
  });
}
