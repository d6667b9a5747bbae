/**
 * The bridge: records as calls of a function or of another logger, on the thread that made the instance.
 */
import { recordBackend } from '../descriptor.ts';
import { bridgeSection } from './settings.ts';

export const bridgeBackend = recordBackend({
  takes: 'records',
  name: 'bridge',
  section: bridgeSection,
  defaultRoutes: ['logs', 'audit'],
  inOrder: true,
  skipsEchoes: true,
  load: () => import('./open.ts'),
});
