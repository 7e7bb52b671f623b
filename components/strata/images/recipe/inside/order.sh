# Which version is baked: `strata image bake` writes it before it starts the execution.
mkdir -p "$bake"
chmod 0700 "$bake"
token=$(curl -sSf -X PUT http://169.254.169.254/latest/api/token -H 'X-aws-ec2-metadata-token-ttl-seconds: 300')
region=$(curl -sSf -H "X-aws-ec2-metadata-token: $token" http://169.254.169.254/latest/meta-data/placement/region)
aws ssm get-parameter --region "$region" --name "$order_parameter" --query Parameter.Value --output text > "$bake/order.env"
# It is sourced below, so nothing but plain words may be in it.
if grep -Evq '^STRATA_(APP|VERSION|ORDER|GIT_SHA)=[0-9A-Za-z._+-]*$' "$bake/order.env"; then
  echo "$order_parameter holds something else than an order: bake by strata image bake" >&2
  exit 1
fi
for key in APP VERSION ORDER; do
  if ! grep -q "^STRATA_$key=." "$bake/order.env"; then
    echo "$order_parameter names no STRATA_$key: bake by strata image bake" >&2
    exit 1
  fi
done
echo "STRATA_ARTIFACT=$bake/artifact" >> "$bake/order.env"
echo "AWS_DEFAULT_REGION=$region" >> "$bake/order.env"
cat "$bake/order.env"
