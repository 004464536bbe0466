// SPDX-License-Identifier: Apache-2.0
// A server for one folder, to this machine only: node serve.mjs FOLDER [PORT]. Any other server of files does as well.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const TYPES = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.mjs': 'text/javascript',
    '.wasm': 'application/wasm', '.json': 'application/json' };

export function serve(folder, port = 0) {
    const root = path.resolve(folder);
    const server = http.createServer((request, response) => {
        const name = decodeURIComponent(new URL(request.url, 'http://here').pathname);
        const file = path.join(root, name.endsWith('/') ? `${name}index.html` : name);
        if (!file.startsWith(root + path.sep) || !fs.existsSync(file) || !fs.statSync(file).isFile()) {
            response.writeHead(404).end();
            return;
        }
        response.writeHead(200, { 'Content-Type': TYPES[path.extname(file)] || 'application/octet-stream', 'Cache-Control': 'no-cache' });
        fs.createReadStream(file).pipe(response);
    });
    return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
    const server = await serve(process.argv[2] || '.', Number(process.argv[3] || 8000));
    console.log(`http://127.0.0.1:${server.address().port}/`);
}
