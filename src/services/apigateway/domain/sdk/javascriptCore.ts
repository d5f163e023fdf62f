/** What every generated client brings along: requests by fetch, signed with SigV4 by WebCrypto when there are keys. */
export const coreSource = `var apiGatewayCore = (function () {
  'use strict';
  var encoder = new TextEncoder();

  function hex(bytes) {
    return Array.prototype.map
      .call(new Uint8Array(bytes), function (byte) {
        return ('0' + byte.toString(16)).slice(-2);
      })
      .join('');
  }

  // RFC 3986: encodeURIComponent leaves !'()* alone, signatures don't.
  function encode(text) {
    return encodeURIComponent(text).replace(/[!'()*]/g, function (character) {
      return '%' + character.charCodeAt(0).toString(16).toUpperCase();
    });
  }

  function encodePath(text) {
    return String(text).split('/').map(encode).join('/');
  }

  async function sha256(text) {
    return hex(await crypto.subtle.digest('SHA-256', encoder.encode(text)));
  }

  async function hmac(key, text) {
    var imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    return new Uint8Array(await crypto.subtle.sign('HMAC', imported, encoder.encode(text)));
  }

  async function sign(config, request) {
    var time = new Date(config.now()).toISOString().replace(/[-:]|\\.\\d{3}/g, '');
    var scope = [time.slice(0, 8), config.region, 'execute-api', 'aws4_request'].join('/');
    var url = new URL(request.url);
    var headers = { host: url.host, 'x-amz-date': time };
    if (config.sessionToken) headers['x-amz-security-token'] = config.sessionToken;
    var names = Object.keys(headers).sort();
    var canonical = [
      request.method,
      url.pathname.split('/').map(encode).join('/'),
      request.query.slice().sort().join('&'),
      names.map(function (name) { return name + ':' + headers[name] + '\\n'; }).join(''),
      names.join(';'),
      await sha256(request.body === undefined ? '' : request.body),
    ].join('\\n');
    var text = ['AWS4-HMAC-SHA256', time, scope, await sha256(canonical)].join('\\n');
    var key = encoder.encode('AWS4' + config.secretKey);
    var parts = scope.split('/');
    for (var i = 0; i < parts.length; i++) key = await hmac(key, parts[i]);
    request.headers['x-amz-date'] = time;
    if (config.sessionToken) request.headers['x-amz-security-token'] = config.sessionToken;
    request.headers.Authorization =
      'AWS4-HMAC-SHA256 Credential=' + config.accessKey + '/' + scope +
      ', SignedHeaders=' + names.join(';') + ', Signature=' + hex(await hmac(key, text));
  }

  function newClient(api, given) {
    var config = Object.assign(
      { region: api.region, defaultContentType: 'application/json', defaultAcceptType: 'application/json', now: Date.now },
      given
    );

    async function send(call, params, body, additional) {
      params = params || {};
      additional = additional || {};
      var path = call.path.replace(/\\{([^}+]+)(\\+?)\\}/g, function (_, name, greedy) {
        if (params[name] === undefined) throw new Error('Missing parameter: ' + name);
        return greedy ? encodePath(params[name]) : encode(String(params[name]));
      });
      var values = Object.assign({}, additional.queryParams);
      call.query.forEach(function (name) {
        if (params[name] !== undefined) values[name] = params[name];
      });
      var query = Object.keys(values).map(function (name) {
        return encode(name) + '=' + encode(String(values[name]));
      });
      var headers = Object.assign({ Accept: config.defaultAcceptType }, additional.headers);
      call.headers.forEach(function (name) {
        if (params[name] !== undefined) headers[name] = String(params[name]);
      });
      if (config.apiKey) headers['x-api-key'] = config.apiKey;
      var hasBody = body !== undefined && body !== null && body !== '' && call.method !== 'GET' && call.method !== 'HEAD';
      if (hasBody && !headers['Content-Type']) headers['Content-Type'] = config.defaultContentType;
      var request = {
        method: call.method,
        url: api.endpoint + (path === '/' ? '' : path) + (query.length > 0 ? '?' + query.join('&') : ''),
        query: query,
        headers: headers,
        body: hasBody ? (typeof body === 'string' ? body : JSON.stringify(body)) : undefined,
      };
      if (config.accessKey && config.secretKey) await sign(config, request);
      var answer = await fetch(request.url, { method: request.method, headers: headers, body: request.body });
      var text = await answer.text();
      var data = text;
      try {
        data = JSON.parse(text);
      } catch (error) {
        // Not everything is JSON.
      }
      var result = { status: answer.status, statusText: answer.statusText, headers: Object.fromEntries(answer.headers), data: data };
      if (answer.ok) return result;
      var failure = new Error('Request failed with status code ' + answer.status);
      failure.response = result;
      throw failure;
    }

    return { send: send };
  }

  return { newClient: newClient };
})();
if (typeof module === 'object' && module.exports) module.exports = apiGatewayCore;
`;
