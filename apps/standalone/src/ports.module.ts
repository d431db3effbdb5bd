import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Settings } from '#config';
import {
  BLOB_STORE,
  EVENT_LOG,
  IMAGE_ENCODER,
  IMAGE_STATUSES,
  INTERACTIVE_ENCODER,
  PREPARE_PICTURE,
  SETTINGS,
  VECTOR_INDEX,
} from '#nest';
import { ImageStatuses } from '#pipeline';
import { inspectHead } from '#vision';
import { INSPECT_HEAD, type InspectHead } from '../../ingest/src/index.js';
import type { EmbeddedPorts } from './embedded-ports.js';
import { pictureLimits } from './picture-limits.js';

const PORTS = Symbol('EmbeddedPorts');

/** Gives every module its ports by token, and closes them when servers and stages have stopped. */
@Module({})
export class PortsModule implements OnApplicationShutdown {
  constructor(@Inject(PORTS) private readonly ports: EmbeddedPorts) {}

  async onApplicationShutdown(): Promise<void> {
    await this.ports.close();
  }

  static of(ports: EmbeddedPorts, settings: Settings): DynamicModule {
    const { log, index, blobs, encoder, preparePicture } = ports;
    const statuses = new ImageStatuses({ log, index });
    const limits = pictureLimits(settings);
    const limitedInspectHead: InspectHead = (head, complete) => inspectHead(head, complete, limits);
    const providers = [
      { provide: PORTS, useValue: ports },
      { provide: SETTINGS, useValue: settings },
      { provide: EVENT_LOG, useValue: log },
      { provide: VECTOR_INDEX, useValue: index },
      { provide: BLOB_STORE, useValue: blobs },
      { provide: IMAGE_ENCODER, useValue: encoder },
      { provide: INTERACTIVE_ENCODER, useValue: encoder.interactive },
      { provide: PREPARE_PICTURE, useValue: preparePicture },
      { provide: IMAGE_STATUSES, useValue: statuses },
      { provide: INSPECT_HEAD, useValue: limitedInspectHead },
    ];
    return { module: PortsModule, global: true, providers, exports: providers.map(({ provide }) => provide) };
  }
}
