// SPDX-License-Identifier: Apache-2.0
// The page: what is chosen goes to a worker, what comes back is shown. Texts of files are only ever set as text.
import { runHere } from './run.js';

const $ = (id) => document.getElementById(id);

/** An element: make('td', {className: 'n'}, 'text', other). */
function make(tag, attributes = {}, ...children) {
    const element = Object.assign(document.createElement(tag), attributes);
    element.append(...children.filter((c) => c !== null && c !== undefined));
    return element;
}

function sizeText(bytes) {
    const units = ['bytes', 'kB', 'MB', 'GB'];
    let i = 0;
    for (; bytes >= 1000 && i < 3; i++)
        bytes /= 1000;
    return `${i ? bytes.toFixed(1) : bytes} ${units[i]}`;
}

const shapeText = (shape) => (shape ? `[${shape.join(', ')}]` : '');
const card = (what, value) => make('div', { className: 'card' }, make('b', {}, String(value)), make('span', {}, what));

/* ---- the worker: one call at a time; stopping is ending it ---- */

let worker = null, pending = null, last = 0;

function start() {
    worker = new Worker(new URL('./incexport-wasm/worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => {
        if (!pending || data.id !== pending.id)
            return;
        if (data.progress) {
            pending.progress(data.progress);
            return;
        }
        const { resolve, reject } = pending;
        pending = null;
        if (data.error)
            reject(data.error);
        else
            resolve(data.result);
    };
    worker.onerror = (event) => {
        event.preventDefault();
        if (pending)
            pending.reject({ message: `the worker failed: ${event.message || 'it could not be loaded'}` });
        pending = null;
        worker = null;
    };
}

function ask(call, parts = {}, progress = () => {}) {
    if (!worker)
        start();
    if (pending) {
        const { reject } = pending;
        stopWorker();
        reject({ replaced: true });
        start();
    }
    return new Promise((resolve, reject) => {
        pending = { id: ++last, resolve, reject, progress };
        worker.postMessage({ id: last, call, ...parts });
    });
}

function stopWorker() {
    worker.terminate();
    worker = null;
    pending = null;
}

/* ---- saying what happens ---- */

function say(text) {
    $('status').textContent = text;
}

function showProgress(text, part) {
    $('progress').hidden = !text;
    $('doing').textContent = text || '';
    if (part === undefined)
        $('bar').removeAttribute('value');
    else
        $('bar').value = part;
}

const places = (u) => [u.module && `in ${u.module}`, u.python || (u.entry && u.line ? `${u.entry}:${u.line}` : null)]
    .filter(Boolean).join(', ');

function showError(error) {
    const box = $('error'), many = error.unsupported && error.unsupported.length > 1;
    const title = many ? `${error.unsupported.length} operators cannot be exported` : error.message;
    box.replaceChildren(make('h3', {}, title));
    if (many)
        box.append(make('ul', {}, ...error.unsupported.map((u) => make('li', {},
            `${u.count} × ${u.operator ? `${u.operator}: ` : ''}${u.reason} `, make('span', { className: 'soft' }, places(u)),
            u.hint ? make('div', { className: 'soft' }, u.hint) : null))));
    else if (error.hint)
        box.append(make('p', {}, ...hintOf(error.hint)));
    box.hidden = false;
}

/** Advice for the command's user, where this page has another place for it. */
function hintOf(hint) {
    if (/--input|--example-inputs/.test(hint))
        return ['Say above what the model is called with: the name, type and sizes of each input; or give example inputs as a file. ',
            make('code', {}, hint)];
    return [hint];
}

/* ---- a model ---- */

let model = null, info = null, results = null;

function optionFiles() {
    const options = {};
    if ($('quantized').files[0])
        options.quantized = $('quantized').files[0];
    if ($('examples').files[0])
        options.exampleInputs = $('examples').files[0];
    return options;
}

async function open(file) {
    model = file;
    info = null;
    for (const id of ['about', 'result', 'plan', 'error'])
        $(id).hidden = true;
    showProgress(`Reading ${file.name}`);
    say(`Reading ${file.name}`);
    try {
        info = await ask('inspect', { model: file, options: optionFiles() });
    } catch (error) {
        if (!error.replaced) {
            showProgress();
            showError(error);
        }
        return;
    }
    showProgress();
    showModel();
}

function showModel() {
    $('about-title').textContent = info.file;
    const facts = [card('format', info.kind), card('size', sizeText(model.size))];
    if (info.class)
        facts.push(card('class', info.class));
    if (info.torch_version)
        facts.push(card('PyTorch', info.torch_version));
    if (info.contents)
        facts.push(card('contents', info.contents));
    facts.push(card('weights', `${info.weights.toLocaleString('en')}`), card('quantized', info.quantized ? 'yes' : 'no'));
    $('facts').replaceChildren(...facts);
    $('inputs').replaceChildren();
    info.inputs.forEach((input) => addInput(input));
    choose('method', (info.methods || []).map((m) => m.replace(/\(.*/, '')), 'forward');
    choose('program', info.programs || [], 'model');
    $('about').hidden = false;
    showPlan(info.plan, info.plan_error);
    $('about-title').focus({ preventScroll: true });
    say(`${info.file}: ${info.kind}, ${info.inputs.length} inputs`);
}

function choose(id, names, usual) {
    $(`${id}-field`).hidden = names.length < 2;
    $(id).replaceChildren(...names.map((n) => make('option', { value: n, selected: n === usual }, n)));
}

function addInput(input = { name: '', dtype: null, shape: null }) {
    const i = $('inputs').children.length;
    const field = (what, label, value, holder) => make('div', { className: what }, make('label', { htmlFor: `${what}-${i}` }, label),
        make('input', { id: `${what}-${i}`, value, placeholder: holder, autocomplete: 'off', spellcheck: false }));
    const sizes = input.shape ? input.shape.map((s, k) => (s === -1 ? `dim_${k}` : s)).join(',') : '';
    const row = make('div', { className: 'input' }, field('name', 'Name', input.name || '', 'x'),
        field('type', 'Type', input.dtype || '', 'float32'), field('sizes', 'Sizes', sizes, '1,3,224,224'));
    row.dataset.given = row.dataset.now = inputText(row) || '';
    row.dataset.recorded = input.shape && input.dtype ? '1' : '';
    if (!input.name)
        row.append(make('button', { type: 'button', className: 'plain', onclick: () => row.remove() }, 'Remove'));
    $('inputs').append(row);
    return row;
}

function inputText(row) {
    const [name, type, sizes] = [...row.querySelectorAll('input')].map((e) => e.value.trim());
    return name && (type || sizes) ? `${name}=${type || 'float32'}[${sizes.replace(/\s/g, '')}]` : null;
}

/** Nothing where the model says it itself and nobody has said otherwise. */
function inputTexts() {
    const rows = [...$('inputs').children];
    if (rows.every((row) => (inputText(row) || '') === row.dataset.given))
        return [];
    return rows.map(inputText).filter(Boolean);
}

function showPlan(plan, why) {
    $('plan').hidden = !plan && !why;
    if (!plan) {
        $('plan-sum').textContent = why ? `None yet: ${why}` : '';
        $('plan-rows').replaceChildren();
        return;
    }
    const n = plan.filter((p) => p.arithmetic === 'int8').length;
    const isFloat = plan.every((p) => !p.input && !p.reason);
    $('plan-sum').textContent = isFloat ? `${plan.length} operators` : `${n} of ${plan.length} operators on int8`;
    const cell = (head, ...children) => {
        const td = make('td', {}, ...children);
        td.dataset.head = head;
        return td;
    };
    $('plan-rows').replaceChildren(...plan.map((p) => {
        const computes = cell('Computes in', p.arithmetic, p.reason ? make('span', { className: 'soft' }, p.reason) : null);
        computes.className = p.arithmetic === 'int8' ? 'int8' : '';
        return make('tr', {}, cell('Module', make('code', {}, p.module || '–')),
            cell('Operator', make('code', {}, p.operator), p.python ? make('span', { className: 'soft' }, p.python) : null),
            computes, cell('Weight', p.weight || '–'), cell('Written as', make('code', {}, p.form)));
    }));
}

/* ---- exporting ---- */

function options() {
    const chosen = { opset: $('opset').value, dtype: $('dtype').value, quantFormat: $('quant-format').value,
        activations: $('activations').value, state: $('state').value,
        externalData: $('external-data').value, ...optionFiles() };
    const inputs = inputTexts();
    if (inputs.length)
        chosen.input = inputs;
    for (const id of ['method', 'program'])
        if (!$(`${id}-field`).hidden)
            chosen[id] = $(id).value;
    return chosen;
}

const STAGES = { reading: 'Reading', evaluating: 'Evaluating', writing: 'Writing' };

async function exportModel() {
    for (const id of ['result', 'error'])
        $(id).hidden = true;
    $('export').disabled = true;
    $('stop').hidden = false;
    showProgress('Evaluating');
    say('Exporting');
    let told = '';
    try {
        const done = await ask('export', { model, options: options() }, ({ stage, done: n, total }) => {
            const part = total ? n / total : undefined;
            showProgress(`${STAGES[stage] || stage}${total ? ` ${Math.round(100 * part)} %` : ''}`, part);
            if (told !== stage)
                say(STAGES[stage] || stage);
            told = stage;
        });
        showResult(done);
    } catch (error) {
        if (!error.replaced)
            showError(error);
    }
    $('export').disabled = false;
    $('stop').hidden = true;
    showProgress();
}

function showResult({ report, files, warnings, seconds, memory }) {
    const isModel = (f) => f.name === report.output;
    files.sort((a, b) => isModel(b) - isModel(a));
    (results ? results.links : []).forEach((link) => URL.revokeObjectURL(link));
    results = { report, files, links: files.map((f) => URL.createObjectURL(f.blob)) };
    $('result-title').textContent = report.output;
    const facts = [card('arithmetic', report.dtype === 'fp32' ? 'float32' : report.dtype), card('opset', report.opset),
        card('nodes', report.nodes), card('weights', sizeText(report.constant_bytes)), card('took', `${seconds.toFixed(2)} s`),
        card('memory', sizeText(memory))];
    if (report.dtype === 'int8' && report.plan && report.plan.length)
        facts.splice(1, 0, card('operators on int8', `${report.plan.filter((p) => p.arithmetic === 'int8').length} of ${report.plan.length}`));
    $('result-facts').replaceChildren(...facts);
    $('files').replaceChildren(...files.map((f, i) => {
        const save = make('a', { className: 'button', href: results.links[i], download: f.name }, 'Download');
        save.setAttribute('aria-label', `Download ${f.name}`);
        const row = make('li', {}, make('span', { className: 'name' }, make('strong', {}, f.name), ` ${sizeText(f.size)}`), save);
        row.dataset.name = f.name;
        return row;
    }));
    $('warnings').hidden = warnings.length === 0;
    $('warnings').replaceChildren(make('h3', {}, warnings.length === 1 ? 'Warning' : 'Warnings'),
        make('ul', {}, ...warnings.map((w) => make('li', {}, w))));
    $('ran').hidden = true;
    $('report').hidden = true;
    $('result').hidden = false;
    if (report.plan)
        showPlan(report.plan);
    $('result-title').focus({ preventScroll: true });
    $('result').scrollIntoView({ block: 'nearest' });
    say(`${report.output} is ready: ${sizeText(files.reduce((n, f) => n + f.size, 0))}`);
}

async function showReport() {
    const onnx = results.files.find((f) => f.name === results.report.output);
    try {
        const { html, stderr } = await ask('report', { onnx: onnx.blob, name: onnx.name });
        if (!html)
            throw { message: stderr };
        $('report').srcdoc = html;
        $('report').hidden = false;
        const page = URL.createObjectURL(new Blob([html], { type: 'text/html' }));
        results.links.push(page);
    } catch (error) {
        if (!error.replaced)
            showError(error);
    }
}

async function run() {
    const box = $('ran');
    box.hidden = false;
    box.replaceChildren(make('p', {}, 'Running in ONNX Runtime Web …'));
    $('run').disabled = true;
    try {
        const { outputs, milliseconds, version } = await runHere(results);
        box.replaceChildren(make('h3', {}, `ONNX Runtime Web ${version}: ${milliseconds.toFixed(1)} ms on numbers made up`),
            make('div', { className: 'wide' }, make('table', {},
                make('thead', {}, make('tr', {}, ...['Output', 'Type', 'Least', 'Most', 'First'].map((h) => make('th', { scope: 'col' }, h)))),
                make('tbody', {}, ...outputs.map((o) => make('tr', {}, make('td', {}, make('code', {}, o.name)),
                    make('td', {}, make('code', {}, `${o.type}${shapeText(o.dims)}`)), make('td', { className: 'n' }, o.least),
                    make('td', { className: 'n' }, o.most), make('td', {}, o.first)))))));
        say('It ran');
    } catch (error) {
        box.replaceChildren(make('p', {}, String(error.message || error)));
    }
    $('run').disabled = false;
}

/* ---- what is pressed ---- */

for (const n of ['auto', ...Array.from({ length: 17 }, (_, i) => 10 + i)])
    $('opset').append(make('option', { value: n }, n === 'auto' ? 'automatic' : String(n)));

$('model').addEventListener('change', () => $('model').files[0] && open($('model').files[0]));
for (const id of ['quantized', 'examples'])
    $(id).addEventListener('change', () => model && open(model));
$('form').addEventListener('submit', (event) => {
    event.preventDefault();
    exportModel();
});
$('add-input').addEventListener('click', () => addInput().querySelector('input').focus());
$('stop').addEventListener('click', () => {
    if (pending) {
        const { reject } = pending;
        stopWorker();
        reject({ message: 'Stopped; nothing was written.' });
    }
});
$('run').addEventListener('click', run);
$('show-report').addEventListener('click', showReport);

const drop = $('drop');
for (const type of ['dragenter', 'dragover'])
    document.addEventListener(type, (event) => {
        event.preventDefault();
        drop.classList.add('over');
    });
document.addEventListener('dragleave', (event) => event.relatedTarget || drop.classList.remove('over'));
document.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    if (event.dataTransfer.files[0])
        open(event.dataTransfer.files[0]);
});

ask('version').then((version) => { $('version').textContent = version; }, (error) => error.replaced || showError(error));
