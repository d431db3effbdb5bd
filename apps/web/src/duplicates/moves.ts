import { batch, signal } from '@preact/signals';
import type { Group, Member } from './groups.js';
import { groups } from './review-state.js';

/** The group, and the image in it, that keys and buttons are about. */
export interface Place {
  readonly sha256: string;
  readonly at: number;
  /** The focus shall go there; otherwise it is there, or stays where it is. */
  readonly takesFocus: boolean;
}

export const current = signal<Place | null>(null);
/** Whether the image is shown large beside the first one. */
export const isComparing = signal(false);

export const currentGroup = (): Group | null =>
  groups.value.find(({ sha256 }) => sha256 === current.value?.sha256) ?? null;

export const currentMember = (): Member | null => currentGroup()?.members[current.value?.at ?? 0] ?? null;

/** Goes to the group at this place of the list, or to the last one; to none of an empty list. */
export function goToGroup(place: number, takesFocus = true): void {
  const group = groups.value[Math.max(0, Math.min(place, groups.value.length - 1))];
  batch(() => {
    current.value = group === undefined ? null : { sha256: group.sha256, at: firstAt(), takesFocus };
    if (group === undefined) isComparing.value = false;
  });
}

/** `step` groups on. */
export function goOn(step: number): void {
  const place = groups.value.findIndex(({ sha256 }) => sha256 === current.value?.sha256);
  const next = place === -1 ? 0 : place + step;
  if (groups.value[next] !== undefined) goToGroup(next);
}

/** `step` images on within the group. */
export function goAside(step: number): void {
  const [group, now] = [currentGroup(), current.value];
  if (group === null || now === null) return;
  const at = now.at + step;
  if (at >= firstAt() && at < group.members.length) current.value = { ...now, at, takesFocus: true };
}

/** Goes to the image at a place of a group. */
export function goTo(sha256: string, at: number): void {
  current.value = { sha256, at, takesFocus: true };
}

/** Where the focus went. */
export function follow(sha256: string, at: number): void {
  const now = current.value;
  if (now?.sha256 !== sha256 || now.at !== at) current.value = { sha256, at, takesFocus: false };
}

export function compare(): void {
  const now = current.value;
  if (now === null || currentGroup()?.isReturning !== false) return;
  batch(() => {
    isComparing.value = true;
    current.value = { ...now, at: Math.max(firstAt(), now.at) };
  });
}

export function stopComparing(): void {
  isComparing.value = false;
}

/** The first image is not compared with itself. */
const firstAt = () => (isComparing.value ? 1 : 0);
