// Reads a live page as a browser does: the stream of all records, and the status each second. Prints how many records it was told of, shown or counted.
// Without an address it parses as much as a stream has at most, four times a second, from memory.
const [, , address] = process.argv;
let told = 0;

function take(line) {
  const { records, skipped, unseen } = JSON.parse(line);
  told += records.length + skipped + unseen;
  console.log(told);
}

if (address === undefined) {
  const record = {
    time: '2026-11-23T12:34:56.123456789Z',
    level: 'info',
    logger: 'a',
    msg: 'order placed',
    order_id: 17,
    side: 'buy',
    qty: 0.5,
  };
  const line = JSON.stringify({ records: Array(400).fill(record), skipped: 0, unseen: 0 });
  take(line);
  setInterval(() => take(line), 250);
} else {
  const url = new URL(address);
  const headers = { authorization: `Bearer ${new URLSearchParams(url.hash.slice(1)).get('token')}` };
  setInterval(async () => (await fetch(`${url.origin}/api/status.json`, { headers })).text(), 1_000);
  const { body } = await fetch(`${url.origin}/api/stream`, { headers });
  let rest = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) take(line);
  }
}
