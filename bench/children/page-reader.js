// Reads a live page as a browser does: the stream of all records, and the status each second. Prints how many records it was told of, shown or counted.
const url = new URL(process.argv[2]);
const headers = { authorization: `Bearer ${new URLSearchParams(url.hash.slice(1)).get('token')}` };
setInterval(async () => (await fetch(`${url.origin}/api/status.json`, { headers })).text(), 1_000);
const { body } = await fetch(`${url.origin}/api/stream`, { headers });
let rest = '';
let told = 0;
for await (const text of body.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    const { records, skipped, unseen } = JSON.parse(line);
    told += records.length + skipped + unseen;
  }
  console.log(told);
}
