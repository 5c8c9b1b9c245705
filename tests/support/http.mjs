/* HTTP against the server under test, with every byte of the answer kept. */
import http from 'node:http';
import {nothingIn, toldTo} from './outlets.mjs';

/* `role`: of who asks, where it is not for everybody. -> {status, headers, body (Buffer), raw (Buffer: head and body)} */
export function request(origin, {method = 'GET', path = '/', headers = {}, body = '', role = null}) {
	const {hostname, port} = new URL(origin);

	return new Promise((resolve, reject) => {
		const length = body === '' ? {} : {'content-length': Buffer.byteLength(body)};
		const req = http.request({hostname, port, method, path, agent: false,
			headers: {...length, ...headers}}, (res) => {
			const parts = [];

			res.on('data', (part) => parts.push(part));
			res.on('error', reject);
			res.on('end', () => {
				const whole = Buffer.concat(parts);

				if (role) {
					toldTo(role, whole, `${method} ${path}`);
				} else {
					nothingIn(whole, `${method} ${path}`);
				}
				resolve({status: res.statusCode, headers: res.headers, body: whole,
					raw: Buffer.concat([Buffer.from(res.rawHeaders.join('\n')), whole])});
			});
		});
		req.on('error', reject);
		req.end(body);
	});
}

/* A seat link's secret -> {sid, cookie, raw} */
export async function login(origin, secret) {
	const answer = await request(origin, {
		method: 'POST', path: '/api/login', body: JSON.stringify({secret}),
		headers: {'content-type': 'application/json', origin},
	});

	if (answer.status !== 200) {
		throw new Error(`login: ${answer.status} ${answer.body}`);
	}
	const {sid} = JSON.parse(answer.body);
	const cookie = (answer.headers['set-cookie'] ?? []).map((line) => line.split(';')[0])
		.find((pair) => pair.startsWith(`rk-${sid}=`));
	if (!cookie) {
		throw new Error('login: no cookie of the session');
	}
	return {sid, cookie, raw: answer.raw};
}
