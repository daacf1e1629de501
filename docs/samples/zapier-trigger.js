// A trigger of a Zapier app for Leadlight (`zapier-platform-cli`): a REST hook with polling for the sample.
// `bundle.authData` has the address of Leadlight (`url`) and an API key with the scope admin (`key`).

const EVENT = 'inquiry.created';

const call = (z, bundle, method, path, body) =>
  z.request({
    method,
    url: `${bundle.authData.url}/api/v1${path}`,
    headers: { Authorization: `Bearer ${bundle.authData.key}` },
    body,
  });

const subscribe = async (z, bundle) => {
  const response = await call(z, bundle, 'POST', '/hooks', { target_url: bundle.targetUrl, event: EVENT, name: 'Zapier' });
  return response.data; // has the id that `unsubscribe` needs
};

const unsubscribe = (z, bundle) => call(z, bundle, 'DELETE', `/hooks/${bundle.subscribeData.id}`);

const sample = async (z, bundle) => (await call(z, bundle, 'GET', `/hooks/samples/${EVENT}`)).data.items;

module.exports = {
  key: 'inquiry_created',
  noun: 'Inquiry',
  display: { label: 'New Inquiry', description: 'Triggers when a lead asks to be contacted.' },
  operation: {
    type: 'hook',
    performSubscribe: subscribe,
    performUnsubscribe: unsubscribe,
    perform: (z, bundle) => [bundle.cleanedRequest],
    performList: sample,
    sample: { id: '018f3c5f9a4e7d2c8b1a6e0d3f4c5b6a', type: 'inquiry.created', data: { message: 'Please call me.' } },
  },
};
