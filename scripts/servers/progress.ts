// Tells a person how far a long build is: one rewritten line on a terminal, one line per tenth elsewhere.

const REDRAW_MILLIS = 200;

export interface Progress {
  /** A new stage; `total` is how many steps it has, 0 when nobody knows. */
  stage(title: string, total?: number): void;
  step(): void;
  /** Ends the line; `result` stands in its place. */
  done(result: string): void;
}

export function createProgress(label: string, out: NodeJS.WriteStream = process.stderr): Progress {
  const startedAt = Date.now();
  let title = '';
  let total = 0;
  let steps = 0;
  let drawnAt = 0;
  let printedTenth = -1;

  const text = () => {
    const count = total > 0 ? ` ${Math.min(steps, total)}/${total}` : steps > 0 ? ` ${steps}` : '';
    return `${label}: ${title}${count} (${elapsed(startedAt)})`;
  };
  const draw = () => {
    if (out.isTTY) {
      if (Date.now() - drawnAt < REDRAW_MILLIS) return;
      drawnAt = Date.now();
      out.write(`\r\x1b[2K${text()}`);
      return;
    }
    const tenth = total > 0 ? Math.floor((steps * 10) / total) : 0;
    if (tenth === printedTenth) return;
    printedTenth = tenth;
    out.write(`${text()}\n`);
  };

  return {
    stage(nextTitle, nextTotal = 0) {
      title = nextTitle;
      total = nextTotal;
      steps = 0;
      drawnAt = 0;
      printedTenth = -1;
      draw();
    },
    step() {
      steps += 1;
      draw();
    },
    done(result) {
      out.write(`${out.isTTY ? '\r\x1b[2K' : ''}${label}: ${result} (${elapsed(startedAt)})\n`);
    },
  };
}

function elapsed(since: number): string {
  const seconds = Math.round((Date.now() - since) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
