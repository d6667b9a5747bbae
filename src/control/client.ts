/**
 * The other end of a control socket.
 */
import { request } from 'node:http';
import type { ControlError } from './protocol.ts';

/** The worker answers within a turn of its loop. */
const ANSWER_MILLIS = 10_000;

/** Largest answer that is read. */
const MAX_ANSWER_BYTES = 64 * 1_048_576;

/** The process did not answer, or refused; the message is for the user. */
export class ControlRefused extends Error {
  override readonly name = 'ControlRefused';
}

/** Rejects with {@link ControlRefused}. */
export function ask<T>(socket: string, method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const refuse = (message: string) => reject(new ControlRefused(`${socket}: ${message}`));
    const asked = request({ socketPath: socket, method, path, timeout: ANSWER_MILLIS, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MAX_ANSWER_BYTES) asked.destroy(new Error('its answer does not end'));
      });
      response.on('end', () => {
        try {
          const value = JSON.parse(text) as T & ControlError;
          if (response.statusCode === 200) resolve(value);
          else refuse(value.error);
        } catch {
          refuse('it did not answer in JSON. Is it the socket of another program?');
        }
      });
      response.on('error', (error) => refuse(error.message));
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${ANSWER_MILLIS / 1_000} s`)));
    asked.on('error', (error: NodeJS.ErrnoException) => refuse(REASONS[error.code ?? ''] ?? error.message));
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const REASONS: Readonly<Record<string, string | undefined>> = {
  ENOENT: 'there is no such socket. The process has ended, or has `control.enabled` off.',
  ECONNREFUSED: 'no process listens there. It has ended.',
  EACCES: 'it belongs to another user. Run this command as the user of the service.',
  ECONNRESET: 'the process has closed the connection. It has ended, or too many are connected.',
  EPIPE: 'the process has closed the connection. It has ended, or too many are connected.',
};
