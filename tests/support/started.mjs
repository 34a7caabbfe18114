// Programs that checks start: none outlives the checks.

import {spawn} from 'node:child_process';

const running = new Set();
process.on('exit', () => {
  for (const program of running) program.kill('SIGKILL');
});

/**
 * Starts `file` with `words`; `stderr` as spawn() wants it. `exit` is its exit code, or what ended
 * it, or why it was not started, when its output has come to an end.
 */
export function start(file, words, stderr) {
  const program = spawn(file, words, {stdio: ['pipe', 'pipe', stderr]});
  running.add(program);
  program.stdin.on('error', () => {});  // it has ended: `exit` tells
  const exit = new Promise(resolve => {
    program.on('error', error => resolve(`not started: ${error.message}`));
    program.on('close', (code, signal) => {
      running.delete(program);
      resolve(code ?? signal);
    });
  });
  return {program, exit};
}
