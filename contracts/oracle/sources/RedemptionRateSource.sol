// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IPriceSource, Reading, SourceStatus} from "../../interfaces/IPriceSource.sol";
import {IRateProvider} from "../../interfaces/IRateProvider.sol";
import {BoundedCall} from "../../libraries/BoundedCall.sol";
import {FixedMath} from "../../libraries/FixedMath.sol";
import {ParameterRange} from "../../libraries/ParameterRange.sol";

/// @title Prices of wrapped assets by what they redeem for
/// @notice Redemption rate times the price of the underlying: a thin market in the wrapped asset itself decides nothing (mechanism
/// section 5). The rate may grow no faster than a cap, measured from a snapshot of it, and fall no farther than a floor.
/// @dev A rate outside its bounds makes the source silent. It is never clamped: a cap that is wrong would then be a wrong price, and
/// the Aave incident of March 2026 liquidated 26 M USD with one. A snapshot is a rate this contract has itself read, with the
/// time at which it read it; nobody can name one without the other.
contract RedemptionRateSource is IPriceSource, AccessManaged {
    /// @notice How a rate is read: `getRate()` in WAD, or `convertToAssets` of one share of an ERC-4626 vault.
    enum RateKind {
        PROVIDER,
        VAULT
    }

    /// @notice One market's wrapped asset.
    /// @param provider who knows the rate; zero removes the asset
    /// @param kind how it is asked
    /// @param maxGrowth most the rate may grow in a year of 365 days, parts per million of the snapshot; 0 means no cap
    /// @param slack what it may grow at once, parts per million: one step of a rate that grows in steps
    /// @param maxFall most it may lie below the snapshot, parts per million; a million means no floor
    /// @param underlying source of the underlying's price
    /// @param underlyingMarket market the underlying is asked for
    struct Asset {
        address provider;
        RateKind kind;
        uint24 maxGrowth;
        uint24 slack;
        uint24 maxFall;
        IPriceSource underlying;
        uint8 underlyingMarket;
    }

    /// @notice A rate (underlying per asset, WAD) and when it was read, seconds: one slot, written together.
    struct Snapshot {
        uint192 rate;
        uint64 takenAt;
    }

    /// @dev One share of a vault, and what a rate of one is in its asset's units.
    struct Units {
        uint128 share;
        uint128 asset;
    }

    uint256 private constant WAD = 1e18;
    uint256 private constant MILLION = 1e6;

    /// @notice The rate cannot be read, or is none.
    error RateNotUsable(uint8 market, SourceStatus status);

    /// @notice The rate lies outside what the present snapshot allows, all WAD.
    error RateOutOfBounds(uint8 market, uint256 rate, uint256 low, uint256 high);

    /// @notice This rate was not read at this time; `observed` was, or nothing if that is 0.
    error SnapshotNotObserved(uint8 market, uint256 rate, uint256 takenAt, uint256 observed);

    /// @notice A snapshot can only be replaced by a later one.
    error SnapshotNotNewer(uint8 market, uint256 takenAt, uint256 present);

    /// @notice The rate of now is impossible by the snapshot, so it would silence the source at once. All WAD.
    error SnapshotContradicted(uint8 market, uint256 rate, uint256 low, uint256 high);

    /// @notice A market's asset was set; a zero provider removes it.
    event AssetSet(uint8 indexed market, Asset asset);

    /// @notice A rate (WAD) was read and noted with its time, seconds.
    event RateObserved(uint8 indexed market, uint256 rate, uint256 takenAt);

    /// @notice The rate (WAD) growth is measured from, and its time, have changed together.
    event SnapshotSet(uint8 indexed market, uint256 rate, uint256 takenAt);

    mapping(uint8 market => Asset) private _assets;
    mapping(uint8 market => Units) private _units;
    mapping(uint8 market => Snapshot) private _snapshots;
    mapping(uint8 market => mapping(uint256 takenAt => uint256 rate)) private _observed;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IPriceSource
    /// @dev RATE_TOO_HIGH or RATE_TOO_LOW outside the bounds; else what the underlying says, times the rate. The price is rounded
    /// down and the confidence up; time and depth are the underlying's.
    function read(uint8 market) external view returns (Reading memory reading) {
        uint256 rate;
        (reading.status, rate) = _rate(market);
        if (reading.status != SourceStatus.OK) return reading;
        (uint256 low, uint256 high) = boundsOf(market);
        if (rate > high) reading.status = SourceStatus.RATE_TOO_HIGH;
        if (rate < low) reading.status = SourceStatus.RATE_TOO_LOW;
        if (reading.status != SourceStatus.OK) return reading;
        reading = _underlying(market);
        if (reading.status != SourceStatus.OK) return Reading(reading.status, 0, 0, 0, 0);
        reading.price = (reading.price * rate) / WAD;
        reading.confidence = FixedMath.divUp(reading.confidence * rate, WAD);
    }

    /// @notice Reads the rate and notes it with its time, so that it can become a snapshot. Anyone.
    /// @dev Of several in one second the lowest stays. Reverts with RateNotUsable, or with RateOutOfBounds.
    /// @return rate underlying per asset, WAD
    function observe(uint8 market) external returns (uint256 rate) {
        rate = _usableRate(market);
        (uint256 low, uint256 high) = boundsOf(market);
        if (rate < low || rate > high) revert RateOutOfBounds(market, rate, low, high);
        uint256 before = _observed[market][block.timestamp];
        if (before != 0 && before <= rate) return rate;
        _observed[market][block.timestamp] = rate;
        emit RateObserved(market, rate, block.timestamp);
    }

    /// @notice Sets or removes a market's asset; the rate of now becomes its snapshot. Restricted.
    /// @dev Reverts with RateNotUsable, or with ParameterOutOfRange on growth above 1,000 % a year, slack above 10 %, a fall above
    /// 100 %, or a vault or asset of more than 18 decimals.
    function setAsset(uint8 market, Asset calldata asset) external restricted {
        _assets[market] = asset;
        delete _snapshots[market];
        emit AssetSet(market, asset);
        if (asset.provider == address(0)) return;
        ParameterRange.check("maxGrowth", asset.maxGrowth, 0, 10 * MILLION);
        ParameterRange.check("slack", asset.slack, 0, MILLION / 10);
        ParameterRange.check("maxFall", asset.maxFall, 0, MILLION);
        if (asset.kind == RateKind.VAULT) _units[market] = _unitsOf(IERC4626(asset.provider));
        _takeSnapshot(market, _usableRate(market), block.timestamp);
    }

    /// @notice Measures growth from another rate of the past. Restricted.
    /// @dev Reverts with SnapshotNotObserved unless `observe` read this very rate at this very time, with SnapshotNotNewer, or
    /// with SnapshotContradicted if the rate of now could not have come from it.
    /// @param rate underlying per asset, WAD
    /// @param takenAt seconds
    function setSnapshot(uint8 market, uint256 rate, uint256 takenAt) external restricted {
        uint256 observed = _observed[market][takenAt];
        if (observed == 0 || observed != rate) revert SnapshotNotObserved(market, rate, takenAt, observed);
        uint256 before = _snapshots[market].takenAt;
        if (takenAt <= before) revert SnapshotNotNewer(market, takenAt, before);
        _takeSnapshot(market, rate, takenAt);
        uint256 present = _usableRate(market);
        (uint256 low, uint256 high) = boundsOf(market);
        if (present < low || present > high) revert SnapshotContradicted(market, present, low, high);
    }

    /// @notice The rates a market's asset may have now, WAD: the lower rounded up, the higher down.
    function boundsOf(uint8 market) public view returns (uint256 low, uint256 high) {
        Asset memory asset = _assets[market];
        Snapshot memory snapshot = _snapshots[market];
        uint256 rate = snapshot.rate;
        low = FixedMath.divUp(rate * (MILLION - asset.maxFall), MILLION);
        if (asset.maxGrowth == 0) return (low, type(uint192).max);
        uint256 grown = (rate * asset.maxGrowth * (block.timestamp - snapshot.takenAt)) / (365 days * MILLION);
        high = rate + (rate * asset.slack) / MILLION + grown;
    }

    /// @notice A market's asset as it was set.
    function assetOf(uint8 market) external view returns (Asset memory) {
        return _assets[market];
    }

    /// @notice What growth is measured from.
    function snapshotOf(uint8 market) external view returns (Snapshot memory) {
        return _snapshots[market];
    }

    /// @notice The rate (WAD) that was read at a time, 0 if none was.
    function observedAt(uint8 market, uint256 takenAt) external view returns (uint256) {
        return _observed[market][takenAt];
    }

    function _takeSnapshot(uint8 market, uint256 rate, uint256 takenAt) private {
        _snapshots[market] = Snapshot(uint192(rate), uint64(takenAt));
        emit SnapshotSet(market, rate, takenAt);
    }

    function _unitsOf(IERC4626 vault) private view returns (Units memory) {
        uint8 share = vault.decimals();
        uint8 asset = IERC20Metadata(vault.asset()).decimals();
        ParameterRange.check("shareDecimals", share, 0, 18);
        ParameterRange.check("assetDecimals", asset, 0, 18);
        return Units(uint128(10 ** share), uint128(10 ** asset));
    }

    function _usableRate(uint8 market) private view returns (uint256 rate) {
        SourceStatus status;
        (status, rate) = _rate(market);
        if (status != SourceStatus.OK) revert RateNotUsable(market, status);
    }

    /// @dev The rate of now, WAD, rounded down, whatever its bounds.
    function _rate(uint8 market) private view returns (SourceStatus, uint256 rate) {
        Asset memory asset = _assets[market];
        if (asset.provider == address(0)) return (SourceStatus.UNCONFIGURED, 0);
        Units memory units = _units[market];
        bool vault = asset.kind == RateKind.VAULT;
        (BoundedCall.Outcome outcome, uint256[] memory words) = BoundedCall.readWords(
            asset.provider,
            gasleft(),
            vault ? abi.encodeCall(IERC4626.convertToAssets, (units.share)) : abi.encodeCall(IRateProvider.getRate, ()),
            1
        );
        if (outcome == BoundedCall.Outcome.UNREACHABLE) return (SourceStatus.UNREACHABLE, 0);
        if (outcome == BoundedCall.Outcome.MALFORMED) return (SourceStatus.MALFORMED, 0);
        rate = words[0];
        if (rate > type(uint96).max) return (SourceStatus.OUT_OF_RANGE, 0);
        if (vault) rate = (rate * WAD) / units.asset;
        return (rate == 0 ? SourceStatus.NOT_POSITIVE : SourceStatus.OK, rate);
    }

    /// @dev What the underlying's source says, or that it says nothing one could multiply.
    function _underlying(uint8 market) private view returns (Reading memory reading) {
        Asset memory asset = _assets[market];
        (BoundedCall.Outcome outcome, uint256[5] memory words) = BoundedCall.read(
            address(asset.underlying),
            gasleft(),
            abi.encodeCall(IPriceSource.read, (asset.underlyingMarket))
        );
        reading.status = SourceStatus.MALFORMED;
        if (outcome == BoundedCall.Outcome.UNREACHABLE) reading.status = SourceStatus.UNREACHABLE;
        if (outcome != BoundedCall.Outcome.OK || words[0] > uint256(type(SourceStatus).max)) return reading;
        reading = Reading(SourceStatus(words[0]), words[1], words[2], words[3], words[4]);
        if (reading.status != SourceStatus.OK) return reading;
        if (reading.price == 0) reading.status = SourceStatus.NOT_POSITIVE;
        else if (reading.price > type(uint96).max || reading.confidence > type(uint96).max)
            reading.status = SourceStatus.OUT_OF_RANGE;
        else if (reading.publishedAt > block.timestamp) reading.status = SourceStatus.FUTURE;
    }
}
