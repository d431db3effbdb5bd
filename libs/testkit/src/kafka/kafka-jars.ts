import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TEST_CACHE_FOLDER } from '../requirement.js';

const VERSION = '4.1.0';
const LIMIT_MS = 300_000;

/** The broker's jars, fetched once by Maven into the test cache (43 MB). Several processes may ask at once. */
export async function kafkaJars(): Promise<string> {
  const folder = join(TEST_CACHE_FOLDER, `kafka-${VERSION}`);
  if (existsSync(folder)) return folder;
  const making = join(TEST_CACHE_FOLDER, `kafka-${VERSION}.${process.pid}.tmp`);
  await mkdir(making, { recursive: true });
  await writeFile(join(making, 'pom.xml'), POM);
  const args = ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=lib'];
  await promisify(execFile)('mvn', args, { cwd: making, timeout: LIMIT_MS });
  try {
    await rename(join(making, 'lib'), folder);
  } catch (error) {
    // Somebody else was faster.
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return folder;
}

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>lookalike</groupId><artifactId>kafka-for-tests</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${VERSION}</version></dependency>
  </dependencies>
</project>
`;
