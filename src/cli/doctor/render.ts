/**
 * Findings for people: the problem is most visible, its remedy below it.
 */
import { visibleText } from '../../encoders/text/visible-text.ts';
import { count } from '../numbers.ts';
import type { Paint, Style } from '../paint.ts';
import type { Finding, FindingStatus } from './finding.ts';

const MARKS: Readonly<Record<FindingStatus, { readonly mark: string; readonly style: Style }>> = {
  ok: { mark: 'ok     ', style: 'green' },
  warning: { mark: 'warning', style: 'yellow' },
  fault: { mark: 'FAULT  ', style: 'red' },
};

export function renderFindings(findings: readonly Finding[], paint: Paint): string[] {
  const faults = findings.filter(({ status }) => status === 'fault').length;
  const warnings = findings.filter(({ status }) => status === 'warning').length;
  return [...findings.flatMap((finding) => render(finding, paint)), '', summary(faults, warnings, paint)];
}

function render({ status, code, subject, message, remedy }: Finding, paint: Paint): string[] {
  const { mark, style } = MARKS[status];
  const about = status === 'ok' ? '' : paint('dim', ` [${code}]`);
  const line = `${paint(style, mark)}  ${paint('bold', visibleText(subject))}: ${visibleText(message)}${about}`;
  return remedy === undefined ? [line] : [line, `         ${visibleText(remedy)}`];
}

function summary(faults: number, warnings: number, paint: Paint): string {
  if (faults === 0 && warnings === 0) return paint('green', 'All is well.');
  return paint(
    faults > 0 ? 'red' : 'yellow',
    `${count(faults)} ${faults === 1 ? 'fault' : 'faults'}, ${count(warnings)} ${warnings === 1 ? 'warning' : 'warnings'}.`,
  );
}
