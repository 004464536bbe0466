// SPDX-License-Identifier: Apache-2.0
// The page in a headless Chromium: test_page.mjs SITE COMMAND MODELS UNSUPPORTED [PICTURES]
// MODELS: examples/models; UNSUPPORTED: a model with an operator that cannot be exported; PICTURES: a folder for some.
import assert from 'node:assert';
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { serve } from '../../examples/web/serve.mjs';
import { Browser } from './browser.mjs';

const [site, command, models, unsupported, pictures] = process.argv.slice(2).map((p) => path.resolve(p));
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'incexport-'));
const server = await serve(site), address = `http://127.0.0.1:${server.address().port}/`;
const browser = await Browser.start();

const isShown = (id) => !document.getElementById(id).hidden;
const shown = (id) => browser.wait(`${id} is shown`, isShown, id);
const text = (id) => browser.run((i) => document.getElementById(i).textContent, id);

async function picture(name) {
    if (pictures)
        fs.writeFileSync(path.join(pictures, `${name}.png`), await browser.picture());
}

async function open() {
    await browser.open(address);
    await browser.wait('a version', () => /^\d/.test(document.getElementById('version').textContent));
}

/** Of every file to be downloaded: its name, and the hash of its bytes. */
async function downloads() {
    await browser.run(() => {
        window.hashes = null;
        const links = [...document.querySelectorAll('#files a')];
        Promise.all(links.map(async (a) => {
            const bytes = await (await fetch(a.href)).arrayBuffer(), hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
            return [a.download, [...hash].map((x) => x.toString(16).padStart(2, '0')).join('')];
        })).then((hashes) => { window.hashes = hashes; });
    });
    await browser.wait('hashes of the files', () => window.hashes !== null);
    return browser.run(() => window.hashes);
}

/** What the command makes of the same. */
function expected(model, name, ...args) {
    const folder = fs.mkdtempSync(path.join(temporary, 'run-'));
    execFileSync(command, [model, '-q', ...args, '-o', path.join(folder, name)]);
    return fs.readdirSync(folder).sort().map((n) =>
        [n, crypto.createHash('sha256').update(fs.readFileSync(path.join(folder, n))).digest('hex')]);
}

async function testExport() {
    const model = path.join(models, 'digits-static.pt');
    await browser.size(1200, 900);
    await open();
    await picture('start');
    await browser.type('#model', model);
    await shown('about');
    assert.match(await text('facts'), /TorchScript.*GraphModule/);
    assert.match(await text('plan-sum'), /^\d+ of \d+ operators on int8$/);
    assert(await browser.run(() => document.querySelectorAll('#plan-rows tr').length >= 5));
    await browser.click('#export');
    await shown('result');
    assert.deepStrictEqual(await downloads(), expected(model, 'digits-static.onnx'));
    assert.match(await text('warnings'), /computes? in float32/);
    await browser.click('#show-report');
    await shown('report');
    assert.match(await browser.run(() => document.getElementById('report').srcdoc), /<h2>Where it comes from/);
    await browser.click('#run');
    await browser.wait('an answer', () => !/^Running/.test(document.getElementById('ran').textContent));
    const hasRuntime = fs.existsSync(path.join(site, 'ort'));
    assert.match(await text('ran'), hasRuntime ? /ms on numbers made up.*output.*float32\[1, 10\]/ : /ONNX Runtime Web is not here/);
    await picture('result');
}

/** On a phone, in the dark: nothing is wider than the screen. */
async function testPhone() {
    await browser.size(360, 780, true);
    const widths = () => [document.documentElement.scrollWidth, window.innerWidth];
    const [wide, screen] = await browser.run(widths);
    assert(wide <= screen && screen === 360, `${wide} of ${screen}`);
    const light = () => getComputedStyle(document.body).backgroundColor.match(/\d+/g).every((x) => x > 128);
    assert.strictEqual(await browser.run(light), false);
    await picture('phone');
    await browser.size(1200, 900);
    assert.strictEqual(await browser.run(light), true);
}

/** Whatever can be used says what it is, to those who do not see it too. */
async function testNames() {
    const { nodes } = await browser.tool('Accessibility.getFullAXTree', {});
    const used = nodes.filter((n) => !n.ignored && /^(button|textbox|combobox|link|progressbar|Iframe|region)$/i.test(n.role.value));
    assert(used.length > 10);
    for (const n of used)
        assert(n.name && n.name.value, `a ${n.role.value} has no name`);
}

async function testOptions() {
    const model = path.join(models, 'digits.pt');
    await open();
    await browser.type('#model', model);
    await shown('about');
    await browser.run(() => {
        document.getElementById('sizes-0').value = 'batch, 1, 8, 8';
        document.getElementById('opset').value = '17';
        document.getElementById('external-data').value = 'always';
    });
    await browser.click('#export');
    await shown('result');
    assert.deepStrictEqual((await downloads()).sort(), expected(model, 'digits.onnx', '--input', 'image=float32[batch,1,8,8]', '--opset', '17',
        '--external-data', 'always'));
}

async function testErrors() {
    await open();
    await browser.type('#model', unsupported);
    await shown('about');
    await browser.click('#export');
    await shown('error');
    assert.match(await text('error'), /aten::linalg_eigvals/);
    await picture('error');
    const odd = path.join(temporary, 'odd.pt');
    fs.writeFileSync(odd, '<script>alert(1)</script> is no model');
    await browser.type('#model', odd);
    await browser.wait('another error', () => /text file/.test(document.getElementById('error').textContent));
    assert.strictEqual(await browser.run(isShown, 'about'), false);
}

/** Nothing that this page did left this machine. */
async function testRequests() {
    const requests = (await browser.log('performance')).map((e) => JSON.parse(e.message).message)
        .filter((m) => m.method === 'Network.requestWillBeSent').map((m) => m.params.request.url);
    assert(requests.length > 5);
    const others = requests.filter((url) => !url.startsWith(address) && !/^(blob|data|about):/.test(url));
    assert.deepStrictEqual(others, []);
    const said = (await browser.log('browser')).filter((e) => e.level === 'SEVERE' && !/\/ort\/ort\.wasm/.test(e.message));
    assert.deepStrictEqual(said, []);
}

try {
    for (const test of [testExport, testNames, testPhone, testOptions, testErrors, testRequests]) {
        await test();
        console.log(`${test.name}: passed`);
    }
} finally {
    await browser.end();
    server.close();
    fs.rmSync(temporary, { recursive: true });
}
