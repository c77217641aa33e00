#include "adapters/aws/xml_answer.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "adapters/aws/form_body.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;

// The shape of an answer of DescribeRules with an action that authenticates before it forwards.
constexpr std::string_view kRules = R"(<?xml version="1.0"?>
<DescribeRulesResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><DescribeRulesResult><Rules>
<member><RuleArn>arn:1</RuleArn><IsDefault>false</IsDefault><Actions>
<member><Type>authenticate-oidc</Type><Order>1</Order><AuthenticateOidcConfig><AuthenticationRequestExtraParams>
<entry><key>prompt</key><value>login &amp; more</value></entry></AuthenticationRequestExtraParams></AuthenticateOidcConfig></member>
<member><Type>forward</Type><Order>2</Order><ForwardConfig><TargetGroups>
<member><TargetGroupArn>blue</TargetGroupArn><Weight>100</Weight></member>
<member><TargetGroupArn>green</TargetGroupArn><Weight>0</Weight></member></TargetGroups></ForwardConfig></member>
</Actions></member></Rules><NextMarker/></DescribeRulesResult>
<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DescribeRulesResponse>)";

TEST(XmlAnswer, KeepsListsMapsAndText) {
  const auto answer = answer_of_xml(kRules, "DescribeRules");
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->at_pointer("/Rules/0/Actions/1/ForwardConfig/TargetGroups/0/Weight").as_string(), "100");
  EXPECT_EQ(answer->at_pointer("/NextMarker").as_string(), "");
  EXPECT_FALSE(answer->as_object().contains("ResponseMetadata"));
}

TEST(XmlAnswer, GoesBackAsTheFormThatSaysTheSame) {
  const auto answer = answer_of_xml(kRules, "DescribeRules");
  ASSERT_TRUE(answer.has_value());
  const json::object input{{"RuleArn", "arn:1"}, {"Actions", answer->at_pointer("/Rules/0/Actions")}};
  EXPECT_EQ(form_body("ModifyRule", "2015-12-01", input),
            "Action=ModifyRule&Version=2015-12-01&RuleArn=arn%3A1&Actions.member.1.Type=authenticate-oidc"
            "&Actions.member.1.Order=1"
            "&Actions.member.1.AuthenticateOidcConfig.AuthenticationRequestExtraParams.entry.1.key=prompt"
            "&Actions.member.1.AuthenticateOidcConfig.AuthenticationRequestExtraParams.entry.1.value=login%20%26%20more"
            "&Actions.member.2.Type=forward&Actions.member.2.Order=2"
            "&Actions.member.2.ForwardConfig.TargetGroups.member.1.TargetGroupArn=blue"
            "&Actions.member.2.ForwardConfig.TargetGroups.member.1.Weight=100"
            "&Actions.member.2.ForwardConfig.TargetGroups.member.2.TargetGroupArn=green"
            "&Actions.member.2.ForwardConfig.TargetGroups.member.2.Weight=0");
}

TEST(XmlAnswer, RefusesWhatIsNoXml) {
  EXPECT_EQ(answer_of_xml("{}", "X").error().kind, ErrorKind::Failed);
  EXPECT_EQ(answer_of_xml("", "X").error().kind, ErrorKind::Failed);
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "<a>";
  for (int i = 0; i < 1000; ++i) deep += "</a>";
  EXPECT_EQ(answer_of_xml(deep, "X").error().kind, ErrorKind::Failed);
}

TEST(FormBody, WritesNumbersBooleansAndEmptyLists) {
  const json::object input{{"PageSize", 400}, {"DryRun", false}, {"Names", json::array{}}, {"Left", nullptr}};
  EXPECT_EQ(form_body("X", "v", input), "Action=X&Version=v&PageSize=400&DryRun=false&Names=");
}

}  // namespace
}  // namespace sluice::aws
