// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IBackstopVault} from "../interfaces/IBackstopVault.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {IOpenInterestCaps} from "../interfaces/IOpenInterestCaps.sol";
import {IPriceSource, SourceStatus} from "../interfaces/IPriceSource.sol";
import {BoundedCall} from "../libraries/BoundedCall.sol";
import {DepthWindow, DepthWindows} from "../libraries/DepthWindow.sol";
import {FixedMath, PPM, WAD} from "../libraries/FixedMath.sol";

/// @title How much open interest a market can carry
/// @notice Mechanism section 5. Two caps beside the static one, each off at zero: what backstop and insurance could bear, and what
/// moving the spot price would cost. They only ever stop openings: the ledger does not ask when a trade reduces (property P14).
/// @dev The vaults bear `capital / (adverseMove - maintenance)`: if every account of a side stood at maintenance when the price
/// jumps by `adverseMove`, each would owe the difference, per notional, beyond its margin.
/// Manipulation costs `kappa * Q`, Q the quote depth of the spot source, the lowest of the past 30 minutes. With kappa at most
/// `spotKappa(pool fee, taker fee)` no move of a constant-product spot price pays for itself, even if the index were that price.
/// An index that is an average, or a median of several sources, costs more to move and bears a larger kappa.
contract OpenInterestCaps is IOpenInterestCaps, AccessManaged {
    /// @notice How a market's caps are made.
    /// @param depthSource whose depth is what an attacker would have to move; it should be an average itself, and count liquidity only
    /// as far as it covers a move (PoolDepthSource). Zero: none
    /// @param kappa open interest, quote, per quote of depth, parts per million; 0 for no such cap
    /// @param adverseMove jump of the price that backstop and insurance shall bear, parts per million; 0 for no such cap
    /// @param sourceGas gas that reading the depth may take, and that whoever has it read must have to give
    struct CapConfig {
        IPriceSource depthSource;
        uint24 kappa;
        uint24 adverseMove;
        uint32 sourceGas;
    }

    /// @notice Which cap is the lowest.
    enum Binding {
        STATIC,
        VAULTS,
        MANIPULATION
    }

    /// @notice A market's caps as they stand. Base, WAD, unless named otherwise; the maximum where a cap is off.
    /// @param fixedCap the market's parameter
    /// @param vaults what backstop and insurance could bear
    /// @param manipulation what moving the spot price would cost
    /// @param depth lowest quote depth of the past 30 minutes, quote, WAD
    /// @param capital of backstop and insurance for this market, quote, WAD
    /// @param effective the lowest of the three
    /// @param binding which one that is
    struct Caps {
        uint256 fixedCap;
        uint256 vaults;
        uint256 manipulation;
        uint256 depth;
        uint256 capital;
        uint256 effective;
        Binding binding;
    }

    /// @notice The most gas that reading a depth may be given, and the least.
    uint256 public constant MAX_SOURCE_GAS = 5_000_000;
    uint256 public constant MIN_SOURCE_GAS = 20_000;

    /// @dev Gas for what follows a reading.
    uint256 private constant RESERVE_GAS = 60_000;

    /// @notice A parameter breaks a rule. `value` and `limit` are in the parameter's own unit.
    error UnsafeParameter(string rule, uint256 value, uint256 limit);
    /// @notice The caller left too little gas to tell a market without depth from a starved reading.
    error NotEnoughGas(uint256 left, uint256 needed);

    /// @notice How a market's caps are made has changed.
    event CapConfigSet(uint8 indexed market, CapConfig config);
    /// @notice The depth behind a market's cap was looked at.
    /// @param depth quote, whole units, as read now
    /// @param lowest quote, whole units: the lowest of the past 30 minutes
    event DepthNoted(uint8 indexed market, uint256 depth, uint256 lowest);

    IClearingHouse public immutable LEDGER;
    IMarkPrice public immutable MARK_PRICE;
    IBackstopVault public immutable BACKSTOP;
    IInsuranceFund public immutable INSURANCE;

    mapping(uint8 market => CapConfig) private _configs;
    mapping(uint8 market => DepthWindow) private _windows;

    constructor(
        IClearingHouse ledger,
        IMarkPrice markPrice,
        IBackstopVault backstop,
        IInsuranceFund insurance,
        address authority
    ) AccessManaged(authority) {
        LEDGER = ledger;
        MARK_PRICE = markPrice;
        BACKSTOP = backstop;
        INSURANCE = insurance;
    }

    // ---- anyone ------------------------------------------------------------------------------------------------------

    /// @inheritdoc IOpenInterestCaps
    /// @dev A source that fails has no depth. Reverts with NotEnoughGas rather than take a starved reading for one.
    function refresh(uint8 market) external returns (uint256 cap) {
        CapConfig memory config = _configs[market];
        DepthWindow window = _windows[market];
        if (config.kappa != 0) {
            uint256 depth = _depthNow(market, config);
            window = window.note(depth, block.timestamp);
            _windows[market] = window;
            emit DepthNoted(market, depth, window.lowest());
        }
        Caps memory caps = _caps(market, config, window);
        return FixedMath.min(caps.vaults, caps.manipulation);
    }

    // ---- governance --------------------------------------------------------------------------------------------------

    /// @notice Sets how a market's caps are made. Governance. The depth of now counts as that of the past 30 minutes if the source is
    /// new.
    /// @dev Reverts with UnsafeParameter if kappa has no source, if the adverse move is not beyond maintenance margin, where it
    /// would bound nothing, or if the gas of a source is outside its bounds.
    function setMarket(uint8 market, CapConfig calldata config) external restricted {
        bool sourced = address(config.depthSource) != address(0);
        if (config.kappa != 0 && !sourced) revert UnsafeParameter("kappa needs a depth source", config.kappa, 0);
        if (sourced && config.sourceGas < MIN_SOURCE_GAS) {
            revert UnsafeParameter("source gas, the least", config.sourceGas, MIN_SOURCE_GAS);
        }
        if (config.sourceGas > MAX_SOURCE_GAS) {
            revert UnsafeParameter("source gas, the most", config.sourceGas, MAX_SOURCE_GAS);
        }
        uint256 maintenance = LEDGER.marketConfig(market).initialMarginRate / 2;
        if (config.adverseMove != 0 && config.adverseMove <= maintenance) {
            revert UnsafeParameter("adverse move beyond maintenance", config.adverseMove, maintenance);
        }
        if (sourced && address(config.depthSource) != address(_configs[market].depthSource)) {
            _windows[market] = DepthWindows.constantAt(_depthNow(market, config), block.timestamp);
        }
        _configs[market] = config;
        emit CapConfigSet(market, config);
    }

    // ---- views -------------------------------------------------------------------------------------------------------

    /// @notice A market's caps, and which of them is the lowest, with the depth as last noted.
    function capsOf(uint8 market) external view returns (Caps memory) {
        return _caps(market, _configs[market], _windows[market]);
    }

    /// @notice How a market's caps are made.
    function configOf(uint8 market) external view returns (CapConfig memory) {
        return _configs[market];
    }

    /// @notice The largest kappa at which no move of a constant-product spot price pays for itself, if the index is that price:
    /// the minimum over x of [loss(x) + f (sqrt(1 + x) - 1)] / (x - 2t), with loss(x) = sqrt(1 + x) + 1 / sqrt(1 + x) - 2, f the
    /// pool's fee, t the exchange's taker fee. To second order it lies at x = 2t + 2 sqrt(t^2 + f t) and is t + f / 2 +
    /// sqrt(t^2 + f t); that times 1 - x is below the exact one for fees up to 1 %.
    /// @param poolFee parts per million
    /// @param takerFee parts per million
    /// @return parts per million, rounded down
    function spotKappa(uint256 poolFee, uint256 takerFee) external pure returns (uint256) {
        uint256 root = Math.sqrt(takerFee * takerFee + poolFee * takerFee);
        uint256 best = 2 * takerFee + 2 * root;
        return ((takerFee + poolFee / 2 + root) * (PPM - FixedMath.min(best, PPM))) / PPM;
    }

    // ---- internals ---------------------------------------------------------------------------------------------------

    function _caps(uint8 market, CapConfig memory config, DepthWindow window) private view returns (Caps memory caps) {
        uint256 index = MARK_PRICE.peek(market).index;
        caps.fixedCap = LEDGER.marketConfig(market).openInterestCap;
        (caps.vaults, caps.manipulation) = (type(uint256).max, type(uint256).max);
        if (config.adverseMove != 0) {
            caps.capital = _capital(market);
            // Maintenance may have been raised beyond the move since; then margin bears it all.
            uint256 maintenance = LEDGER.marketConfig(market).initialMarginRate / 2;
            if (config.adverseMove > maintenance) {
                caps.vaults = _inBase((caps.capital * PPM) / (config.adverseMove - maintenance), index);
            }
        }
        if (config.kappa != 0) {
            caps.depth = window.lowest() * WAD;
            caps.manipulation = _inBase((caps.depth * config.kappa) / PPM, index);
        }
        caps.effective = FixedMath.min(caps.fixedCap, FixedMath.min(caps.vaults, caps.manipulation));
        if (caps.effective == caps.fixedCap) caps.binding = Binding.STATIC;
        else caps.binding = caps.effective == caps.vaults ? Binding.VAULTS : Binding.MANIPULATION;
    }

    /// @dev What the backstop has allotted to the market and not lost, and what insurance would pay of one deficit.
    function _capital(uint8 market) private view returns (uint256) {
        uint32 account = BACKSTOP.accountOf(market);
        int256 equity = account == 0 ? int256(0) : LEDGER.health(account).equity;
        return INSURANCE.available(market) + (equity > 0 ? uint256(equity) : 0);
    }

    /// @dev Nothing is bearable at a price of zero.
    function _inBase(uint256 quote, uint256 index) private pure returns (uint256) {
        return index == 0 ? 0 : (quote * WAD) / index;
    }

    /// @dev Quote, whole units; zero unless the source is sure of itself.
    function _depthNow(uint8 market, CapConfig memory config) private view returns (uint256) {
        uint256 left = gasleft();
        uint256 needed = (uint256(config.sourceGas) * 64) / 63 + RESERVE_GAS;
        if (left < needed) revert NotEnoughGas(left, needed);
        bytes memory call = abi.encodeCall(IPriceSource.read, (market));
        (BoundedCall.Outcome outcome, uint256[5] memory words) = BoundedCall.read(
            address(config.depthSource),
            config.sourceGas,
            call
        );
        bool sound = outcome == BoundedCall.Outcome.OK && words[0] == uint256(SourceStatus.OK);
        return sound ? words[4] / WAD : 0;
    }
}
