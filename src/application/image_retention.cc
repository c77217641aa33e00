#include "application/image_retention.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "application/image_stage.h"
#include "core/rollout/function_code.h"

namespace sluice::application {
namespace {

/// Of all services, newest first. What is older had its turn after each of these.
constexpr int kRememberedDeployments = 200;

/// A package of a function, say, which is in no registry.
bool is_other_code(const std::string& reference) { return !rollout::is_image(reference); }

std::string registry_of(const std::string& reference) { return reference.substr(0, reference.find('/')); }

/// The name that ImageStage::build gives.
image::BuiltImage built_image(const ports::ImageRecord& record) {
  image::BuiltImage built{.project = record.project,
                          .service = record.service,
                          .commit = record.commit,
                          .name = built_image_name(record.project, record.service, record.commit),
                          .references = {},
                          .used_at = record.used_at};
  for (const auto& [repository, digest] : record.digests) built.references.push_back(repository + "@" + digest);
  return built;
}

}  // namespace

std::shared_ptr<ImageRetention> ImageRetention::create(const Controller& controller, std::shared_ptr<ImageGate> gate,
                                                       ImageRetentionPorts ports) {
  return std::shared_ptr<ImageRetention>(new ImageRetention(controller, std::move(gate), std::move(ports)));
}

void ImageRetention::on_event(const Deployment& deployment, const rollout::Event&, TimePoint) {
  gone_.erase(deployment.state.plan.green.image);  // It was built or pushed again.
  if (deployment.state.outcome) prune_soon();
}

void ImageRetention::prune_soon() {
  if (std::exchange(is_scheduled_, true)) return;
  // Later, when the journal has the deployment's end.
  ports_.executor.at(ports_.clock.now(), [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->is_scheduled_ = false;
    self->prune();
  });
}

void ImageRetention::prune() {
  const auto found = std::make_shared<Found>();
  with_deployed_images(
      [self = shared_from_this(), gone = gone_, found](const auto& deployed) {
        auto looked = self->find(deployed, gone);
        if (!looked) return self->ports_.log("old images stay: " + looked.error().message);
        *found = std::move(*looked);
      },
      [self = shared_from_this(), found] {
        self->gone_ = std::move(found->gone);
        for (const Deployment* each : self->controller_.deployments()) self->gone_.erase(each->state.plan.green.image);
        if (found->there.empty()) return;
        self->gate_->enter_alone([weak = self->weak_from_this(), found](const ImageGate::Use& use) {
          const auto retention = weak.lock();
          if (!retention) return;
          retention->with_deployed_images(
              [retention, found](const auto& deployed) {
                const Status removed = retention->remove(deployed, found->there);
                if (!removed) retention->ports_.log("old images stay: " + removed.error().message);
              },
              [use] {});
        });
      });
}

void ImageRetention::with_deployed_images(Work work, std::function<void()> done) {
  if (is_deploying()) return;  // Its end comes here again.
  auto deployed = deployed_images();
  if (!deployed) return ports_.log("old images stay: " + deployed.error().message);
  ports_.executor.run(
      ports::Executor::Lane::Ordinary, [work = std::move(work), deployed = std::move(*deployed)] { work(deployed); },
      std::move(done));
}

bool ImageRetention::is_deploying() const {
  if (!controller_.queued().empty()) return true;  // It may begin by itself at any time.
  return std::ranges::any_of(controller_.deployments(), [](const Deployment* each) { return !each->state.outcome; });
}

Result<std::vector<image::ServiceImages>> ImageRetention::deployed_images() const {
  std::map<rollout::ServiceKey, image::ServiceImages> services;
  TRY_ASSIGN(const auto live, ports_.journal.all_live());
  for (const auto& each : live) services[each.service].needed.push_back(each.revision.image);
  // Ended, and not yet settled in every respect.
  for (const Deployment* each : controller_.deployments()) {
    const rollout::Plan& plan = each->state.plan;
    services[plan.service].needed.push_back(plan.green.image);
    if (plan.blue) services[plan.service].needed.push_back(plan.blue->image);
  }
  TRY_ASSIGN(const auto history, ports_.journal.history(std::nullopt, kRememberedDeployments));
  for (const auto& ended : history) services[ended.service].deployed.push_back(ended.image);
  std::vector<image::ServiceImages> result;
  for (auto& [service, images] : services) {
    TRY_ASSIGN(const auto revisions, ports_.journal.revisions(service, image::kKeptRevisions + 1));
    for (const auto& revision : revisions) images.needed.push_back(revision.image);
    std::erase_if(images.needed, is_other_code);
    std::erase_if(images.deployed, is_other_code);
    result.push_back(std::move(images));
  }
  return result;
}

Result<image::RemovableImages> ImageRetention::removable_images(std::vector<image::ServiceImages> deployed) const {
  TRY_ASSIGN(const auto records, ports_.records.all());
  std::map<std::pair<std::string, std::string>, image::ServiceImages> built;
  for (const ports::ImageRecord& record : records) {
    built[{record.project, record.service}].built.push_back(built_image(record));
  }
  for (auto& [service, images] : built) deployed.push_back(std::move(images));
  return image::removable_images(deployed, ports_.clock.now());
}

Result<ImageRetention::Found> ImageRetention::find(const std::vector<image::ServiceImages>& deployed,
                                                   const std::set<std::string>& gone) const {
  TRY_ASSIGN(const image::RemovableImages removable, removable_images(deployed));
  Found found;
  for (const std::string& reference : removable.references) {
    bool there = false;
    if (!gone.contains(reference)) {
      TRY_ASSIGN(there, ports_.store.has(reference));
      if (!there && ports_.registry.is_own(registry_of(reference))) {
        TRY_ASSIGN(there, ports_.registry.has(reference));
      }
    }
    (there ? found.there : found.gone).insert(reference);
  }
  // Their records go in any case.
  for (const image::BuiltImage& built : removable.built) found.there.insert(built.name);
  return found;
}

Status ImageRetention::remove(const std::vector<image::ServiceImages>& deployed, const std::set<std::string>& there) {
  TRY_ASSIGN(image::RemovableImages removable, removable_images(deployed));
  std::erase_if(removable.references, [&there](const std::string& reference) { return !there.contains(reference); });
  std::erase_if(removable.built, [&there](const image::BuiltImage& built) { return !there.contains(built.name); });
  const int removed = remove_names(removable);
  if (removed > 0) ports_.log(fmt::format("took {} names of old images away", removed));
  return remove_from_registries(removable.references);
}

int ImageRetention::remove_names(const image::RemovableImages& removable) {
  int removed = 0;
  // True when the name is there no more.
  const auto remove_name = [&](const std::string& name) {
    const Status done = ports_.store.remove(name);
    if (done) ++removed;
    // Of a container that has not gone yet, or of somebody else's: the next time may find it free.
    const bool in_use = !done && done.error().kind == ErrorKind::Conflict;
    const bool gone = done.has_value() || done.error().kind == ErrorKind::NotFound;
    if (!gone && !in_use) ports_.log("an old image stays: " + done.error().message);
    return gone;
  };
  for (const std::string& reference : removable.references) remove_name(reference);
  for (const image::BuiltImage& built : removable.built) {
    if (!remove_name(built.name)) continue;
    if (const Status gone = ports_.records.remove(built.project, built.service, built.commit); !gone) {
      ports_.log("a record of an old image stays: " + gone.error().message);
    }
  }
  return removed;
}

Status ImageRetention::remove_from_registries(const std::set<std::string>& references) {
  std::set<std::string> changed;
  for (const std::string& reference : references) {
    if (!ports_.registry.is_own(registry_of(reference))) continue;
    TRY_ASSIGN(const bool was_there, ports_.registry.remove(reference));
    if (was_there) changed.insert(registry_of(reference));
  }
  for (const std::string& registry : changed) TRY(ports_.registry.collect(registry));
  return {};
}

}  // namespace sluice::application
