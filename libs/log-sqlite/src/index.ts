export { openSqliteLog, type SqliteEventLog, type SqliteLogOptions } from './sqlite-event-log.js';
