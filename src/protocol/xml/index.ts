export { element, escapeText, namespaceAttribute, XmlCompiler } from './codec.ts';
export { readXml } from './reader.ts';
