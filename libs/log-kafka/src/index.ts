export { openKafkaLog } from './kafka-event-log.js';
export { DEFAULT_KAFKA_SETTINGS, type KafkaSettings } from './kafka-settings.js';
