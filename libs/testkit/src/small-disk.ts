import { execFileSync } from 'node:child_process';
import { describeWith } from './requirement.js';

/** A file system of a few hundred kilobytes, to be filled, made read-only and thrown away. Linux, as root or by sudo. */
export class SmallDisk {
  constructor(
    readonly folder: string,
    size: `${number}k`,
  ) {
    asRoot('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder);
  }

  makeReadOnly(): void {
    asRoot('mount', '-o', 'remount,ro', this.folder);
  }

  makeWritable(): void {
    asRoot('mount', '-o', 'remount,rw', this.folder);
  }

  remove(): void {
    asRoot('umount', this.folder);
  }
}

export function describeWithSmallDisks(name: string, body: () => void): void {
  describeWith('Linux and root or sudo, to mount a small tmpfs', canMount())(name, body);
}

function canMount(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    asRoot('unshare', '--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt');
    return true;
  } catch {
    return false;
  }
}

function asRoot(...command: [string, ...string[]]): void {
  const [program, ...args] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command];
  execFileSync(program as string, args, { stdio: 'ignore' });
}
