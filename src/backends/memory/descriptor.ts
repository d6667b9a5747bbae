/**
 * The newest records, kept on the thread that made the instance.
 */
import { recordBackend } from '../descriptor.ts';
import { memorySection } from './settings.ts';

export const memoryBackend = recordBackend({
  takes: 'records',
  name: 'memory',
  section: memorySection,
  defaultRoutes: ['logs', 'audit'],
  inOrder: true,
  load: () => import('../bridge/open.ts'),
});
