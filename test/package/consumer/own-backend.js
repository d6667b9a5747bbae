import { appendFile } from 'node:fs/promises';

export default function ownBackend({ path }) {
  return {
    async write(batch) {
      await appendFile(path, batch.map(({ level, body }) => `${level} ${body}\n`).join(''));
    },
  };
}
