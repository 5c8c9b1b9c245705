/* A passkey without a browser: what an authenticator makes for a page, and every way it can be wrong. */
import crypto from 'node:crypto';

const sha = (bytes) => crypto.createHash('sha256').update(bytes).digest();
const b64 = (bytes) => Buffer.from(bytes).toString('base64');
const UP = 1, UV = 4, AT = 0x40;

/* twist: type, challenge (bytes), origin, cross, rp, flags: said otherwise than it is. */
function spoken(rp, type, challenge, twist) {
	const client = Buffer.from(`{"type":"${twist.type ?? type}","challenge":"${(twist.challenge ?? challenge).toString('base64url')}",` +
		`"origin":"${twist.origin ?? `https://${rp}`}","crossOrigin":${twist.cross ?? false}}`);
	return {client, head: (flags) => Buffer.concat([sha(twist.rp ?? rp), Buffer.of(twist.flags ?? flags), Buffer.from([0, 0, 0, 1])])};
}

export class SoftKey {
	constructor(rp) {
		const {publicKey, privateKey} = crypto.generateKeyPairSync('ec', {namedCurve: 'P-256'});
		this.rp = rp;
		this.id = crypto.randomBytes(16);
		this.private = privateKey;
		this.spki = publicKey.export({format: 'der', type: 'spki'});
		this.jwk = publicKey.export({format: 'jwk'});
	}

	/* As navigator.credentials.create() gives it; challenge: base64. */
	made(challenge, twist = {}) {
		const {client, head} = spoken(this.rp, 'webauthn.create', Buffer.from(challenge, 'base64'), twist);
		const point = (v) => Buffer.from(v, 'base64url');
		const cose = Buffer.concat([Buffer.from('a5010203262001215820', 'hex'), point(this.jwk.x), Buffer.from('225820', 'hex'), point(this.jwk.y)]);
		const auth = Buffer.concat([head(UP | UV | AT), Buffer.alloc(16), Buffer.of(0, this.id.length), this.id, cose]);
		return {client: b64(client), auth: b64(auth), spki: b64(this.spki)};
	}

	/* As navigator.credentials.get() gives it. */
	signed(statement, twist = {}) {
		const {client, head} = spoken(this.rp, 'webauthn.get', sha(statement), twist);
		const auth = head(UP | UV);
		return {client: b64(client), auth: b64(auth), sig: b64(crypto.sign('sha256', Buffer.concat([auth, sha(client)]), this.private))};
	}
}
