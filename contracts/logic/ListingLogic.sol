// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {FixedMath, PPM} from "../libraries/FixedMath.sol";
import {IDeleveragingPolicy} from "../interfaces/IDeleveragingPolicy.sol";
import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {IOpenInterestCaps} from "../interfaces/IOpenInterestCaps.sol";
import {FeeSplit, Ledger} from "../types/Ledger.sol";
import {MarketConfig, MarketStatus} from "../types/Market.sol";
import {SpotAsset} from "../types/SpotAsset.sol";
import {AccountLogic} from "./AccountLogic.sol";
import {CapLogic} from "./CapLogic.sol";
import {MarketLogic} from "./MarketLogic.sol";
import {ParameterLints} from "./ParameterLints.sol";

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
    /// @notice Where prices come from has changed.
    event MarkPriceSet(address indexed markPrice);

    /// @dev At most 16 markets and 16 assets, so that every margin loop is bounded (mechanism section 1).
    uint256 internal constant MAXIMUM = 16;

    /// @notice See ClearingHouse.listMarket.
    function listMarket(Ledger storage ledger, uint8 market, MarketConfig calldata config) external {
        if (market >= MAXIMUM) revert UnsafeParameter("market id below 16", market, MAXIMUM);
        MarketStatus status = ledger.configs[market].status;
        if (status != MarketStatus.UNLISTED) revert ListingMismatch(market, status);
        _write(ledger, market, config);
        ledger.states[market].fundingAt = uint32(block.timestamp);
        ++ledger.marketCount;
        emit MarketListed(market, config);
    }

    /// @notice See ClearingHouse.setMarket.
    function setMarket(Ledger storage ledger, uint8 market, MarketConfig calldata config) external {
        MarketStatus status = ledger.configs[market].status;
        if (status == MarketStatus.UNLISTED) revert ListingMismatch(market, status);
        _write(ledger, market, config);
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
        if (spot.discount > PPM) revert UnsafeParameter("discount at most 100 %", spot.discount, PPM);
        ParameterLints.spot(spot.haircut, spot.discount, ledger.configs[spot.market].initialMarginRate);
        MarketStatus status = ledger.configs[spot.market].status;
        if (status == MarketStatus.UNLISTED) revert ListingMismatch(spot.market, status);
        address listed = ledger.spotAssets[asset].token;
        if (listed != address(0) && listed != spot.token)
            revert UnsafeParameter("an asset id keeps its token", asset, 0);
        ledger.spotAssets[asset] = spot;
        if (listed == address(0)) ++ledger.spotAssetCount;
        emit SpotAssetListed(asset, spot);
    }

    /// @notice See ClearingHouse.setMarkPrice.
    function setMarkPrice(Ledger storage ledger, IMarkPrice price) external {
        for (uint8 market; market < MAXIMUM; ++market) {
            uint256 initial = ledger.configs[market].initialMarginRate;
            if (initial != 0) _checkMark(price, market, initial);
        }
        ledger.markPrice = price;
        emit MarkPriceSet(address(price));
    }

    /// @notice See ClearingHouse.requireSafeMark.
    function requireSafeMark(Ledger storage ledger, uint8 market, uint256 band, uint256 speed) external view {
        uint256 initial = ledger.configs[market].initialMarginRate;
        if (initial != 0) ParameterLints.mark(initial, band, speed);
    }

    /// @notice See ClearingHouse.setOpenInterestCaps.
    function setOpenInterestCaps(Ledger storage ledger, IOpenInterestCaps caps) external {
        CapLogic.setCaps(ledger, caps);
    }

    /// @notice See IClearingHouse.refreshCap.
    function refreshCap(Ledger storage ledger, uint8 market) external {
        CapLogic.refresh(ledger, market);
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

    /// @dev What the arithmetic needs of a market's parameters.
    function _requireSound(MarketConfig calldata config) private view {
        if (config.status == MarketStatus.UNLISTED) revert UnsafeParameter("a listed market has a status", 0, 1);
        uint256 initial = config.initialMarginRate;
        if (initial > PPM) revert UnsafeParameter("initial margin at most 100 %", initial, PPM);
        if (config.openInterestLow >= config.openInterestHigh) {
            revert UnsafeParameter("open interest low below high", config.openInterestLow, config.openInterestHigh);
        }
        if (config.spotAsset > MAXIMUM) revert UnsafeParameter("spot asset id below 16", config.spotAsset, MAXIMUM);
        _checkPolicy(config.policy);
    }

    /// @dev Writes a market's parameters and what follows from them; the lints read them from where they then are.
    function _write(Ledger storage ledger, uint8 market, MarketConfig calldata config) private {
        _requireSound(config);
        ledger.configs[market] = config;
        ParameterLints.market(ledger.configs[market]);
        _checkMark(ledger.markPrice, market, config.initialMarginRate);
        _checkSpot(ledger, market, config.initialMarginRate);
        MarketLogic.scaleInitialRate(ledger, market);
        CapLogic.reset(ledger, market);
        // Profit made in one market can be lost in another to an account of the same hand, where it would mature as that market
        // says: so the longest maturity of any holds for all.
        uint32 longest;
        for (uint256 i; i < MAXIMUM; ++i) {
            uint32 maturity = ledger.configs[uint8(i)].maturity;
            if (maturity > longest) longest = maturity;
        }
        if (longest != ledger.maturity) ledger.maturity = longest;
    }

    /// @dev What a source of prices lets a market's mark do, against the market's margin.
    function _checkMark(IMarkPrice price, uint8 market, uint256 initialMarginRate) private view {
        if (address(price) == address(0)) revert UnsafeParameter("a source of prices is set", 0, 1);
        (uint256 band, uint256 speed) = price.limitsOf(market);
        ParameterLints.mark(initialMarginRate, band, speed);
    }

    /// @dev Every spot asset that the market prices, against the market's margin.
    function _checkSpot(Ledger storage ledger, uint8 market, uint256 initialMarginRate) private view {
        for (uint8 asset; asset < MAXIMUM; ++asset) {
            SpotAsset storage spot = ledger.spotAssets[asset];
            if (spot.token == address(0) || spot.market != market) continue;
            ParameterLints.spot(spot.haircut, spot.discount, initialMarginRate);
        }
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
