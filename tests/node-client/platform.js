// Starts `./aerogrid up` on a folder and ports of its own, as a person would.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const launcher = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'aerogrid');

/** A port that was free a moment ago. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts a platform; `kubeconfig` is its file, `stop()` ends it and removes its folder. */
export async function startPlatform() {
  const data = mkdtempSync(join(tmpdir(), 'aerogrid-node-'));
  const port = await freePort();
  const appsPort = await freePort();
  const child = spawn(launcher, ['up', '--data', data, '--port', `${port}`, '--apps-port', `${appsPort}`]);
  let output = '';
  child.stdout.on('data', (text) => { output += text; });
  child.stderr.on('data', (text) => { output += text; });
  const ended = new Promise((resolve) => { child.once('exit', resolve); });

  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(data, { recursive: true, force: true });
  };

  const deadline = Date.now() + 120_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`aerogrid up ended with ${child.exitCode}:\n${output}`);
    try {
      const response = await fetch(`http://localhost:${port}/readyz`);
      if (response.ok) return { kubeconfig: join(data, 'kubeconfig'), stop };
    } catch {
      // Not listening yet.
    }
    if (Date.now() > deadline) {
      await stop();
      throw new Error(`not ready within two minutes:\n${output}`);
    }
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}
