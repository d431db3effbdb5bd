import { join } from 'node:path';

/** Users of the `withPasswords` listener, by name. Whoever comes without a password may do everything. */
export const KAFKA_USERS = { reader: 'reader-secret', writer: 'writer-secret' } as const;

export interface KafkaPorts {
  readonly plain: number;
  readonly withPasswords: number;
  /** Where the broker listens, and where it says it does: room for a relay in between. */
  readonly relayed: number;
  readonly relay: number;
  readonly controller: number;
}

/** Small and quick: nodes that are broker and controller, no waiting for more members, a cleaner that looks often. */
export function kafkaProperties(folder: string, nodeId: number, nodes: readonly KafkaPorts[]): string {
  const ports = nodes[nodeId - 1];
  if (ports === undefined) throw new Error(`There is no node ${nodeId}.`);
  const users = Object.entries(KAFKA_USERS).map(([name, password]) => `user_${name}="${password}"`);
  const plainLogin = `org.apache.kafka.common.security.plain.PlainLoginModule required ${users.join(' ')};`;
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': nodeId,
    'controller.quorum.voters': nodes.map(({ controller }, i) => `${i + 1}@127.0.0.1:${controller}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: listeners({ ...ports, relay: ports.relayed }, `CONTROLLER://127.0.0.1:${ports.controller}`),
    'advertised.listeners': listeners(ports),
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map':
      'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,RELAYED:PLAINTEXT,PASSWORDS:SASL_PLAINTEXT',
    'listener.name.passwords.sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.passwords.plain.sasl.jaas.config': plainLogin,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': nodes.length,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': nodes.length,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'broker.session.timeout.ms': 3000,
    'broker.heartbeat.interval.ms': 500,
    'log.cleaner.backoff.ms': 200,
    'log.cleaner.dedupe.buffer.size': 4_194_304,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

type Listeners = Pick<KafkaPorts, 'plain' | 'withPasswords' | 'relay'>;

function listeners({ plain, withPasswords, relay }: Listeners, ...more: readonly string[]): string {
  const at = (name: string, port: number) => `${name}://127.0.0.1:${port}`;
  return [at('PLAINTEXT', plain), at('PASSWORDS', withPasswords), at('RELAYED', relay), ...more].join(',');
}
