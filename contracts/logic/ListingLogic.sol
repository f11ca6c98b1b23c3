// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {FixedMath, PPM} from "../libraries/FixedMath.sol";
import {IDeleveragingPolicy} from "../interfaces/IDeleveragingPolicy.sol";
import {FeeSplit, Ledger} from "../types/Ledger.sol";
import {MarketConfig, MarketStatus} from "../types/Market.sol";
import {SpotAsset} from "../types/SpotAsset.sol";
import {AccountLogic} from "./AccountLogic.sol";
import {MarketLogic} from "./MarketLogic.sol";

/// @title Parameters and what makes a set of them unsafe
/// @notice Architecture rule 8: an unsafe set reverts, with the reason and the numbers.
library ListingLogic {
    /// @notice A parameter breaks a rule. `value` and `limit` are in the parameter's own unit.
    error UnsafeParameter(string rule, uint256 value, uint256 limit);
    /// @notice The market is already listed, or not yet.
    error ListingMismatch(uint8 market, MarketStatus status);

    /// @notice A market was listed.
    event MarketListed(uint8 indexed market, MarketConfig config);
    /// @notice A market's parameters have changed.
    event MarketChanged(uint8 indexed market, MarketConfig config);
    /// @notice A spot asset was listed, or its haircut or discount has changed.
    event SpotAssetListed(uint8 indexed asset, SpotAsset spot);
    /// @notice Who receives fees has changed.
    event FeeSplitChanged(FeeSplit split);

    /// @dev At most 16 markets and 16 assets, so that every margin loop is bounded (mechanism section 1).
    uint256 internal constant MAXIMUM = 16;

    /// @notice See ClearingHouse.listMarket.
    function listMarket(Ledger storage ledger, uint8 market, MarketConfig calldata config) external {
        if (market >= MAXIMUM) revert UnsafeParameter("market id below 16", market, MAXIMUM);
        MarketStatus status = ledger.configs[market].status;
        if (status != MarketStatus.UNLISTED) revert ListingMismatch(market, status);
        check(config);
        ledger.configs[market] = config;
        ledger.states[market].fundingAt = uint40(block.timestamp);
        MarketLogic.scaleInitialRate(ledger, market);
        ++ledger.marketCount;
        emit MarketListed(market, config);
    }

    /// @notice See ClearingHouse.setMarket.
    function setMarket(Ledger storage ledger, uint8 market, MarketConfig calldata config) external {
        MarketStatus status = ledger.configs[market].status;
        if (status == MarketStatus.UNLISTED) revert ListingMismatch(market, status);
        check(config);
        ledger.configs[market] = config;
        MarketLogic.scaleInitialRate(ledger, market);
        emit MarketChanged(market, config);
    }

    /// @notice See ClearingHouse.listSpotAsset.
    function listSpotAsset(Ledger storage ledger, uint8 asset, SpotAsset calldata spot) external {
        if (asset >= MAXIMUM) revert UnsafeParameter("asset id below 16", asset, MAXIMUM);
        if (spot.decimals > 18) revert UnsafeParameter("at most 18 decimals", spot.decimals, 18);
        if (spot.token == address(ledger.quoteToken)) revert UnsafeParameter("not the quote token", asset, 0);
        if (spot.token.code.length == 0) revert UnsafeParameter("token is a contract", 0, 1);
        uint8 decimals = IERC20Metadata(spot.token).decimals();
        if (spot.decimals != decimals) revert UnsafeParameter("decimals of the token", spot.decimals, decimals);
        if (spot.haircut > PPM) revert UnsafeParameter("haircut at most 100 %", spot.haircut, PPM);
        // A buyer who got more than the haircut off would leave the account worse than it was valued.
        if (spot.discount > spot.haircut)
            revert UnsafeParameter("discount at most the haircut", spot.discount, spot.haircut);
        MarketStatus status = ledger.configs[spot.market].status;
        if (status == MarketStatus.UNLISTED) revert ListingMismatch(spot.market, status);
        address listed = ledger.spotAssets[asset].token;
        if (listed != address(0) && listed != spot.token)
            revert UnsafeParameter("an asset id keeps its token", asset, 0);
        ledger.spotAssets[asset] = spot;
        if (listed == address(0)) ++ledger.spotAssetCount;
        emit SpotAssetListed(asset, spot);
    }

    /// @notice See ClearingHouse.setFeeSplit.
    function setFeeSplit(Ledger storage ledger, FeeSplit calldata split) external {
        AccountLogic.requireExists(ledger, split.insuranceAccount);
        AccountLogic.requireExists(ledger, split.backstopAccount);
        AccountLogic.requireExists(ledger, split.treasuryAccount);
        uint256 shares = uint256(split.insuranceShare) + split.backstopShare;
        if (shares > PPM) revert UnsafeParameter("fee shares at most 100 %", shares, PPM);
        ledger.feeSplit = split;
        emit FeeSplitChanged(split);
    }

    /// @notice The rules a market's parameters must keep.
    function check(MarketConfig calldata config) internal view {
        if (config.status == MarketStatus.UNLISTED) revert UnsafeParameter("a listed market has a status", 0, 1);
        uint256 initial = config.initialMarginRate;
        if (initial < 10_000) revert UnsafeParameter("initial margin at least 1 %", initial, 10_000);
        if (initial > PPM) revert UnsafeParameter("initial margin at most 100 %", initial, PPM);
        uint256 maintenance = initial / 2;
        if (config.makerFee > 10_000) revert UnsafeParameter("maker fee at most 1 %", config.makerFee, 10_000);
        if (config.takerFee > 10_000) revert UnsafeParameter("taker fee at most 1 %", config.takerFee, 10_000);
        // Otherwise an account at maintenance could not pay for its own liquidation.
        uint256 fees = uint256(config.liquidationFee) + config.takerFee;
        if (fees > maintenance)
            revert UnsafeParameter("liquidation fee at most maintenance less taker fee", fees, maintenance);
        if (config.backstopThreshold > PPM) {
            revert UnsafeParameter("backstop threshold at most 100 %", config.backstopThreshold, PPM);
        }
        if (config.openInterestLow >= config.openInterestHigh) {
            revert UnsafeParameter("open interest low below high", config.openInterestLow, config.openInterestHigh);
        }
        if (config.maturity > 30 days) revert UnsafeParameter("maturity at most 30 days", config.maturity, 30 days);
        // A hedge's margin is no higher than the rest of a short's, and what a liquidator of it may earn comes out of it.
        if (config.hedgedMaintenance > maintenance) {
            revert UnsafeParameter("hedged maintenance at most maintenance", config.hedgedMaintenance, maintenance);
        }
        if (config.refreshReward > 1_000)
            revert UnsafeParameter("refresh reward at most 10 quote", config.refreshReward, 1_000);
        if (config.spotAsset > MAXIMUM) revert UnsafeParameter("spot asset id below 16", config.spotAsset, MAXIMUM);
        _checkPolicy(config.policy);
    }

    /// @dev A policy that cannot answer, or answers a class beyond four bits, would break every trade.
    function _checkPolicy(IDeleveragingPolicy policy) private view {
        if (address(policy).code.length == 0) revert UnsafeParameter("policy is a contract", 0, 1);
        uint8 lowest = policy.priority(1, 0, false);
        uint8 highest = policy.priority(type(uint256).max, type(uint256).max, true);
        if (lowest > 15 || highest > 15) revert UnsafeParameter("class below 16", FixedMath.max(lowest, highest), 15);
        policy.stage(lowest);
        policy.proportional();
        policy.leverageOf(lowest);
    }
}
