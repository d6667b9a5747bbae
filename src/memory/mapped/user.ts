/** The user that this process acts for. Windows has no numbers for users; nothing is mapped there. */
export function getuid(): number {
  return process.geteuid?.() ?? 0;
}
