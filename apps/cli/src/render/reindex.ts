import type {
  FittedProjection,
  GenerationProgress,
  Profile,
  ReindexAnswer,
  ReindexPlan,
  UnusedVectors,
  VerificationCheck,
} from '../api/answers.js';
import { commandLine } from '../terminal/command-name.js';
import type { Style } from '../terminal/style.js';
import { bytes, count, duration, grouped, printable, table } from '../terminal/text.js';

const ROLES = ['live', 'next', 'previous'] as const;

export function renderReindex(answer: ReindexAnswer, style: Style): string {
  const head = ['', 'generation', 'encoder', 'profile', 'images', 'behind', 'state'].map(style.bold);
  const rows = ROLES.flatMap((role) => {
    const it = answer[role];
    return it === null ? [] : [row(role, it, style)];
  });
  const { next, previous, givenUp } = answer;
  return [
    table([head, ...rows]),
    '',
    ...(next === null ? [] : [...renderNext(next, style), '']),
    ...hints(next, previous),
    ...(givenUp === null
      ? []
      : [style.red(`${printable(givenUp.generation)} was given up: ${printable(givenUp.reason)}`)]),
    ...answer.unusedVectors.map(unused),
    '',
  ].join('\n');
}

function unused({ encoder, isBeingDropped }: UnusedVectors): string {
  const { name, fingerprint } = encoder;
  const whose = `Vectors of ${printable(name)} (${printable(fingerprint)})`;
  if (isBeingDropped) return `${whose} are being dropped.`;
  const command = commandLine(`reindex drop-vectors ${printable(fingerprint)}`);
  return `${whose} are kept, and no generation uses them. To be done with them: ${command}`;
}

function row(
  role: string,
  { generation, encoder, profile, images, lag, phase, fault }: GenerationProgress,
  style: Style,
) {
  const state = phase ?? (images === null ? 'lost by the index' : 'up to date with the log');
  return [
    style.bold(role),
    printable(generation),
    printable(encoder.name),
    profileText(profile),
    images === null ? 'none' : `${grouped(images.ready)} ready, ${grouped(images.failed)} failed`,
    lag === 0 ? style.green('0') : style.yellow(grouped(lag)),
    fault === null ? state : style.red(`${state}, waiting: ${printable(fault.message)}`),
  ];
}

function profileText(profile: Profile): string {
  return printable(profile.kind === 'lean' ? `lean ${profile.components}` : profile.kind);
}

function fittedText({ name, explained, sampled }: FittedProjection): string {
  return `${printable(name)} keeps ${(100 * explained).toFixed(1)}% of the variance of ${count(sampled, 'vector')} that it was fitted to`;
}

function renderNext(
  { done, total, perSecond, secondsLeft, failures, report, fitted }: GenerationProgress,
  style: Style,
) {
  const lines = fitted.map(fittedText);
  if (total > 0) {
    const rate =
      perSecond === null ? '' : `, ${perSecond < 10 ? perSecond.toFixed(1) : grouped(Math.round(perSecond))}/s`;
    const left = secondsLeft === null || secondsLeft === 0 ? '' : `, ${duration(secondsLeft * 1000)} left`;
    const share = `${Math.floor((100 * done) / total)}%`;
    lines.push(`${grouped(done)} of ${grouped(total)} records that were there when it began, ${share}${rate}${left}`);
  }
  const reasons = Object.entries(failures).map(([code, n]) => `${grouped(n)} ${printable(code)}`);
  if (reasons.length > 0) lines.push(`Set aside last: ${reasons.join(', ')}`);
  if (report !== null) lines.push(...renderReport(report.checks, report.passed, style));
  return lines;
}

function renderReport(checks: readonly VerificationCheck[], passed: boolean, style: Style): string[] {
  const verdict = passed ? style.green('The verification passed.') : style.red('The verification did not pass.');
  const mark = (it: boolean | null) => (it === null ? 'told' : it ? style.green('passed') : style.red('failed'));
  return [verdict, table(checks.map((it) => [printable(it.name), mark(it.passed), printable(it.found)]))];
}

function hints(next: GenerationProgress | null, previous: GenerationProgress | null): string[] {
  if (next?.phase === 'verified') return [`Search in it: ${commandLine('reindex switch')}`];
  if (next?.phase === 'not-verified') {
    return [
      `To search in it all the same: ${commandLine('reindex switch --force')}; to be done with it: ${commandLine('reindex cancel')}`,
    ];
  }
  if (next?.phase === 'paused') return [`To go on: ${commandLine('reindex resume')}`];
  if (next !== null) return [`To see it go on: ${commandLine('reindex status --watch')}`];
  if (previous === null) return [];
  return [
    `A step back: ${commandLine('reindex rollback')}; to be done with the previous one: ${commandLine('reindex drop')}`,
  ];
}

export function renderPlan(plan: ReindexPlan, style: Style): string {
  const {
    encoder,
    profile,
    images,
    toEmbed,
    picturesPerSecond,
    modelFault,
    embedSeconds,
    memoryBytes,
    diskBytes,
    live,
  } = plan;
  const embedding =
    toEmbed === 0
      ? 'none: the vectors are in the log'
      : `${toEmbed === null ? 'all of them' : count(toEmbed, 'picture')}${time(picturesPerSecond, embedSeconds)}`;
  const room = (n: number | null, before: number | null) =>
    n === null
      ? 'not known'
      : `${bytes(Math.round(n))} more, until the ${bytes(Math.round(before ?? 0))} of the live generation are dropped`;
  return `${table([
    [style.bold('encoder'), printable(encoder.name)],
    [style.bold('profile'), `${profileText(profile)}; the live generation is ${profileText(live.profile)}`],
    [style.bold('images'), images === null ? 'not known: the index is lost' : grouped(images)],
    [style.bold('to embed'), embedding],
    ...(modelFault === null ? [] : [[style.bold('model'), style.red(printable(modelFault.message))]]),
    [style.bold('memory'), room(memoryBytes, live.memoryBytes)],
    [style.bold('disk'), room(diskBytes, live.diskBytes)],
  ])}\n\nNothing was started.\n`;
}

function time(perSecond: number | null, seconds: number | null): string {
  if (perSecond === null || seconds === null) return '; how long that takes is not known here';
  return `, about ${duration(seconds * 1000)} with one embedder: the model takes ${perSecond.toFixed(1)} pictures/s here`;
}
