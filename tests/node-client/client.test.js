import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as k8s from '@kubernetes/client-node';
import { startPlatform } from './platform.js';

let platform;
let config;
let core;

before(async () => {
  platform = await startPlatform();
  config = new k8s.KubeConfig();
  config.loadFromFile(platform.kubeconfig);
  core = config.makeApiClient(k8s.CoreV1Api);
});

after(() => platform?.stop());

const configMap = (name, data) => ({ metadata: { name, namespace: 'default' }, data });

test('creates, reads, updates and deletes', async () => {
  await core.createNamespacedConfigMap({ namespace: 'default', body: configMap('crud', { a: '1' }) });
  const read = await core.readNamespacedConfigMap({ namespace: 'default', name: 'crud' });
  assert.equal(read.data.a, '1');
  assert.ok(read.metadata.creationTimestamp instanceof Date);

  read.data.a = '2';
  const replaced = await core.replaceNamespacedConfigMap({ namespace: 'default', name: 'crud', body: read });
  assert.equal(replaced.data.a, '2');

  await core.deleteNamespacedConfigMap({ namespace: 'default', name: 'crud' });
  await assert.rejects(core.readNamespacedConfigMap({ namespace: 'default', name: 'crud' }), (error) => error.code === 404);
});

test('a stale resourceVersion is a 409 conflict', async () => {
  await core.createNamespacedConfigMap({ namespace: 'default', body: configMap('stale', { a: '1' }) });
  const first = await core.readNamespacedConfigMap({ namespace: 'default', name: 'stale' });
  const second = await core.readNamespacedConfigMap({ namespace: 'default', name: 'stale' });
  first.data.a = '2';
  await core.replaceNamespacedConfigMap({ namespace: 'default', name: 'stale', body: first });
  second.data.a = '3';
  await assert.rejects(
    core.replaceNamespacedConfigMap({ namespace: 'default', name: 'stale', body: second }),
    (error) => error.code === 409);
});

test('an informer sees additions, updates and deletions', async () => {
  const objects = config.makeApiClient(k8s.CustomObjectsApi);
  const request = { group: 'aerogrid.io', version: 'v1alpha1', namespace: 'demo', plural: 'apps' };
  const informer = k8s.makeInformer(
    config, '/apis/aerogrid.io/v1alpha1/namespaces/demo/apps', () => objects.listNamespacedCustomObject(request));
  const seen = { add: [], update: [], delete: [] };
  const waiters = new Set();
  for (const verb of Object.keys(seen)) {
    informer.on(verb, (app) => {
      seen[verb].push(app.metadata.name);
      waiters.forEach((check) => check());
    });
  }
  const until = (condition) => new Promise((resolve) => {
    const check = () => { if (condition()) { waiters.delete(check); resolve(); } };
    waiters.add(check);
    check();
  });
  await informer.start();

  const body = {
    apiVersion: 'aerogrid.io/v1alpha1',
    kind: 'App',
    metadata: { name: 'watched', namespace: 'demo' },
    spec: { runtime: 'python-web', state: 'Stopped', files: [{ path: 'app.py', content: 'print(1)' }] },
  };
  await objects.createNamespacedCustomObject({ ...request, body });
  await until(() => seen.add.includes('watched'));
  await until(() => seen.update.includes('watched')); // the operator's status
  await objects.deleteNamespacedCustomObject({ ...request, name: 'watched' });
  await until(() => seen.delete.includes('watched'));
  await informer.stop();
});

test('server-side apply through the object API, and a dry run that writes nothing', async () => {
  const client = k8s.KubernetesObjectApi.makeApiClient(config);
  const spec = { apiVersion: 'v1', kind: 'ConfigMap', ...configMap('applied', { a: '1' }) };
  const applied = await client.patch(spec, undefined, undefined, 'node-test', true, k8s.PatchStrategy.ServerSideApply);
  assert.equal(applied.data.a, '1');
  assert.equal(applied.metadata.managedFields[0].operation, 'Apply');

  await client.create({ apiVersion: 'v1', kind: 'ConfigMap', ...configMap('dry', {}) }, undefined, 'All');
  await assert.rejects(core.readNamespacedConfigMap({ namespace: 'default', name: 'dry' }), (error) => error.code === 404);
});

test('invalid input names the field', async () => {
  const objects = config.makeApiClient(k8s.CustomObjectsApi);
  const body = {
    apiVersion: 'aerogrid.io/v1alpha1',
    kind: 'App',
    metadata: { name: 'bad', namespace: 'demo' },
    spec: { files: [{ path: '../etc/passwd', content: '' }] },
  };
  await assert.rejects(
    objects.createNamespacedCustomObject({ group: 'aerogrid.io', version: 'v1alpha1', namespace: 'demo', plural: 'apps', body }),
    (error) => {
      assert.equal(error.code, 422);
      assert.match(JSON.stringify(error.body), /spec\.files\[0\]\.path/);
      return true;
    });
});
