// How a server of the benchmark speaks with the benchmark that started it.

/** What the benchmark wants of this server. */
export const options = JSON.parse(process.argv[2] ?? '{}');

/** Says that it serves, and answers questions by what the functions give back. */
export function ready(news, answers = {}) {
  process.on('message', async ({ question, ...rest }) => process.send(await answers[question](rest)));
  process.on('disconnect', () => process.exit());
  process.send(news);
}

/** Listens on any free port of this machine. */
export function listen(server, answers) {
  server.listen(0, '127.0.0.1', 4_096, () => ready({ port: server.address().port }, answers));
}
