// Answers requests on standard input with ClickHouse, a line each: see
// child.go.
import { createInterface } from "node:readline";
import { Session } from "chdb";

const [dir, threads] = process.argv.slice(2);
const session = new Session(dir);
session.query(`SET max_threads = ${Number(threads)}`);

for await (const line of createInterface({ input: process.stdin })) {
  const { sql, runs } = JSON.parse(line);
  const reply = { millis: [], rows: [] };
  try {
    for (let i = 0; i < runs; i++) {
      const began = process.hrtime.bigint();
      const text = session.query(sql, "JSONCompactStringsEachRow");
      reply.millis.push(Number(process.hrtime.bigint() - began) / 1e6);
      reply.rows = text.split("\n").filter(Boolean).map((row) => JSON.parse(row));
    }
  } catch (err) {
    reply.error = String(err.message ?? err);
  }
  process.stdout.write(JSON.stringify(reply) + "\n");
}
session.close();
