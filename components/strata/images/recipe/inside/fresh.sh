# The server was launched from the image: it has a manifest, the order that is baked, and an identity of its own.
described="${root}/usr/share/strata-image"
for file in manifest.json sbom.cdx.json; do
  "$python" -m json.tool "$described/$file" > /dev/null
done
if [ "$(cat "$described/order")" != "$STRATA_ORDER" ]; then
  echo "the image was not baked for order $STRATA_ORDER, but for $(cat "$described/order"):" >&2
  grep '"app_version"' "$described/manifest.json" >&2
  exit 1
fi
if [ ! -s "${root}/etc/machine-id" ]; then
  echo "the server has no machine id of its own" >&2
  exit 1
fi
