/**
 * The number of the user that this process acts for. Containers often run as a user without a name, of whom `os.userInfo` knows nothing: it throws. Windows has no
 * numbers for users; there it is 0, the owner that Node reports for each file.
 */
export function ownUserId(): number {
  return process.geteuid?.() ?? 0;
}
