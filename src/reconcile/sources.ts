/**
 * Sources of sightings: a host's audit files, a gateway's audit files, Loki.
 */

import { errorText } from '../common/error-text.ts';
import { type AuditEvent, digestOf, type View } from './canonical.ts';
import { readHostLine } from './host-line.ts';
import { linesOf } from './lines.ts';
import { type LokiQuery, readLoki } from './loki.ts';
import { readOtlpLine } from './otlp-line.ts';
import type { Sighting, Unreadable } from './sighting.ts';

export interface Reading {
  readonly view: View;
  /** Bytes of files read, or events fetched: for progress. */
  readonly onProgress: (done: number) => void;
  readonly onUnreadable: (what: Unreadable) => void;
}

type NumberedEvent = AuditEvent & { readonly run: string; readonly number: number };

export function hostFiles(paths: readonly string[], reading: Reading): AsyncGenerator<Sighting[]> {
  return files(paths, reading, (text) => {
    const event = readHostLine(text);
    return event === undefined ? [] : [event];
  });
}

export function gatewayFiles(paths: readonly string[], reading: Reading): AsyncGenerator<Sighting[]> {
  return files(paths, reading, readOtlpLine);
}

export async function* lokiStore(query: LokiQuery, reading: Reading): AsyncGenerator<Sighting[]> {
  let done = 0;
  for await (const events of readLoki(query)) {
    yield events.map((event) => sighting(event, reading.view, query.url, 0));
    done += events.length;
    reading.onProgress(done);
  }
}

async function* files(
  paths: readonly string[],
  { view, onProgress, onUnreadable }: Reading,
  read: (text: string) => readonly NumberedEvent[],
): AsyncGenerator<Sighting[]> {
  let done = 0;
  for (const place of paths) {
    for await (const lines of linesOf(place, (bytes) => {
      done += bytes;
      onProgress(done);
    })) {
      const sightings: Sighting[] = [];
      for (const { text, number, isWhole } of lines) {
        if (text === '') continue;
        try {
          for (const event of read(text)) sightings.push(sighting(event, view, place, number));
        } catch (error) {
          const why = isWhole
            ? `no record (${errorText(error)})`
            : 'the last line has no end: it is still being written, or torn';
          onUnreadable({ place, line: number, why });
        }
      }
      yield sightings;
    }
  }
}

function sighting(event: NumberedEvent, view: View, place: string, line: number): Sighting {
  return { run: event.run, number: event.number, digest: digestOf(event, view), place, line };
}
