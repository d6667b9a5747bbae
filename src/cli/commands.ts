/**
 * Every command of `hft-otel`, in the order of the help. A command is added with one line here.
 */

import type { CommandEntry } from './command.ts';

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'demo',
    summary: 'a market maker on a loopback exchange, observed, and the account of it',
    load: async () => (await import('./demo-command.ts')).demoCommand,
  },
  {
    name: 'routes',
    summary: 'where a record would go, and why: a dry run of the routing rules',
    load: async () => (await import('./routes-command.ts')).routesCommand,
  },
  {
    name: 'audit reconcile',
    summary: 'compares audit files of a host with what a gateway or Loki holds of them, event by event',
    load: async () => (await import('./audit/reconcile-command.ts')).reconcileCommand,
  },
];
