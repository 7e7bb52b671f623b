# The server was launched from the image: it has the manifest of this order, and an identity of its own.
described=/usr/share/strata-image
for file in manifest.json sbom.cdx.json; do
  "$python" -m json.tool "$described/$file" > /dev/null
done
if ! grep -q "\"order\": \"$STRATA_ORDER\"" "$described/manifest.json"; then
  echo "the image was not baked for order $STRATA_ORDER, but for:" >&2
  grep '"order"\|"app_version"' "$described/manifest.json" >&2
  exit 1
fi
test -s /etc/machine-id
